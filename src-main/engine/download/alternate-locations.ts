import { isNodeId, type NodeId } from '../../contract/ids.ts';
import type { SourceView } from '../../contract/transfer.ts';

export type AlternateLocation = { readonly node: NodeId; readonly address: string; readonly complete: boolean };

/** Of the sources of a download those that others may be told of: peers that sent whole chunks and can be dialled. */
export const alternateLocations = (sources: readonly SourceView[]): AlternateLocation[] =>
  sources
    // Others are told an address only, which is of no use for one that was called.
    .filter(
      ({ state, bytes, way, onTrial }) => bytes > 0 && state === 'active' && !onTrial && (way ?? 'direct') === 'direct',
    )
    .flatMap(({ node, address, held }) => (isNodeId(node) ? [{ node, address, complete: held === null }] : []));
