import { sha256 } from './sha256.ts';

/** BEP 52 written out as its text says, without a thought for speed: the measure for the program's own trees. */
export function referenceTree(bytes: Uint8Array): { root: Uint8Array; chunkLayer: Uint8Array } {
  const leaves: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 16_384) leaves.push(sha256(bytes.subarray(at, at + 16_384)));
  const missing = new Uint8Array(32);
  while (Math.log2(leaves.length) % 1 !== 0 || (bytes.length > 1_048_576 && leaves.length % 64 !== 0))
    leaves.push(missing);
  const chunks = bytes.length > 1_048_576 ? Math.ceil(bytes.length / 1_048_576) : 0;
  let layer = leaves;
  let chunkLayer = new Uint8Array(0);
  while (layer.length > 1) {
    layer = pairs(layer);
    if (layer.length === leaves.length / 64 && chunks > 0)
      chunkLayer = new Uint8Array(Buffer.concat(layer.slice(0, chunks)));
  }
  return { root: layer[0] ?? missing, chunkLayer };
}

function pairs(layer: readonly Uint8Array[]): Uint8Array[] {
  const above: Uint8Array[] = [];
  for (let i = 0; i < layer.length; i += 2) {
    above.push(sha256(Buffer.concat([layer[i] ?? new Uint8Array(0), layer[i + 1] ?? new Uint8Array(0)])));
  }
  return above;
}
