import type { ContentHash, NodeId } from '../../src-main/contract/ids.ts';
import { type Asker, askerOf } from '../../src-main/engine/upload/asker.ts';
import type { WantedFile } from '../../src-main/engine/upload/upload-slots.ts';

export const nodeOf = (number: number): NodeId => number.toString(16).padStart(64, '0') as NodeId;
export const hashOf = (number: number): ContentHash => number.toString(16).padStart(64, 'f') as ContentHash;

/** A peer at an address of its own, or at `host`. */
export function peer(number: number, host = `198.51.${number >> 8}.${number & 255}`): Asker {
  return askerOf({ nodeId: nodeOf(number), address: { host, port: 1214 } });
}

/** A client without a certificate. */
export function anonymous(host: string): Asker {
  return askerOf({ nodeId: undefined, address: { host, port: 40_000 } });
}

export function wants(asker: Asker, file = 1): WantedFile {
  return { asker, hash: hashOf(file), name: `file ${file}` };
}
