import type { NodeId } from '../../contract/ids.ts';

/** Who this peer is. The key itself never leaves the platform. */
export interface Identity {
  readonly nodeId: NodeId;
}
