import type { NodeId } from '../../contract/ids.ts';

/** The first 6 bytes of a NodeId as 12 hex digits: how wave messages and handed-over searches name those already asked. */
export const nodePrefix = (nodeId: NodeId): string => nodeId.slice(0, 12);
