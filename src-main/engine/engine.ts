import type { Engine, EngineOptions, EnginePorts } from './engine-types.ts';
import { PeerEngine } from './peer-engine.ts';

export type { Engine, EngineOptions, EnginePorts } from './engine-types.ts';
export { NetworkPeer, type NetworkPeerPorts } from './network-peer.ts';

/** The door of the engine: a peer on the ports of its host. */
export function createEngine(ports: EnginePorts, options: EngineOptions): Engine {
  return new PeerEngine(ports, options);
}
