import type { NodeId } from '../../contract/ids.ts';

/** A peer that has a file, or some of it, seen alive within the hour. `address` is `host:port`. */
export type ContentSource = { readonly node: NodeId; readonly address: string; readonly complete: boolean };
