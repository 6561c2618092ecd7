import { toHex } from '../../contract/bytes.ts';
import type { ContentHash } from '../../contract/ids.ts';
import type { HashedFile } from '../ports/hasher.ts';
import { CHUNK_LEVEL, LEAF_BYTES, LEAVES_PER_CHUNK, NODE_BYTES } from './constants.ts';
import type { HashInto } from './hash-into.ts';
import { layerRoot, pairUp } from './tree.ts';

/** Chunks that the layer has room for at first; it doubles when full. */
const FIRST_CHUNKS = 64;

/** Hashes a file that arrives in pieces of any length, in one pass; holds one leaf, one chunk's leaf layer and 32 bytes a chunk. */
export class TreeHasher {
  readonly #hash: HashInto;
  /** The beginning of a leaf whose rest has not come yet. */
  readonly #rest = new Uint8Array(LEAF_BYTES);
  /** Leaf layer of the chunk that is not full yet; room for one padding node. */
  readonly #leaves = new Uint8Array((LEAVES_PER_CHUNK + 1) * NODE_BYTES);
  #layer = new Uint8Array(FIRST_CHUNKS * NODE_BYTES);
  #restBytes = 0;
  #leafCount = 0;
  #chunkCount = 0;
  #size = 0;

  constructor(hash: HashInto) {
    this.#hash = hash;
  }

  update(bytes: Uint8Array): void {
    this.#size += bytes.length;
    let at = this.#restBytes > 0 ? this.#keep(bytes) : 0;
    if (this.#restBytes === LEAF_BYTES) this.#addRest();
    for (; at + LEAF_BYTES <= bytes.length; at += LEAF_BYTES) this.#addLeaf(bytes.subarray(at, at + LEAF_BYTES));
    if (at < bytes.length) this.#keep(bytes.subarray(at));
  }

  /** The name of all bytes given, or undefined when there were none: an empty file has no ContentHash. Ends this hasher's use. */
  finish(): HashedFile | undefined {
    if (this.#size === 0) return undefined;
    if (this.#restBytes > 0) this.#addRest();
    if (this.#chunkCount === 0) {
      const nodes = this.#leaves.subarray(0, this.#leafCount * NODE_BYTES);
      return this.#result(layerRoot({ nodes, level: 0 }, this.#hash), new Uint8Array(0));
    }
    if (this.#leafCount > 0) this.#closeChunk();
    const layer = this.#layer.slice(0, this.#chunkCount * NODE_BYTES);
    const root = layerRoot({ nodes: layer, level: CHUNK_LEVEL }, this.#hash);
    return this.#result(root, this.#chunkCount > 1 ? layer : new Uint8Array(0));
  }

  #result(root: Uint8Array, chunkLayer: Uint8Array): HashedFile {
    return { hash: toHex(root) as ContentHash, size: this.#size, chunkLayer };
  }

  /** Copies what fits into the unfinished leaf; returns how much. */
  #keep(bytes: Uint8Array): number {
    const taken = Math.min(bytes.length, LEAF_BYTES - this.#restBytes);
    this.#rest.set(bytes.subarray(0, taken), this.#restBytes);
    this.#restBytes += taken;
    return taken;
  }

  #addRest(): void {
    this.#addLeaf(this.#rest.subarray(0, this.#restBytes));
    this.#restBytes = 0;
  }

  #addLeaf(leaf: Uint8Array): void {
    this.#hash(leaf, this.#leaves, this.#leafCount * NODE_BYTES);
    this.#leafCount += 1;
    if (this.#leafCount === LEAVES_PER_CHUNK) this.#closeChunk();
  }

  #closeChunk(): void {
    let count = this.#leafCount;
    for (let level = 0; level < CHUNK_LEVEL; level++) count = pairUp(this.#leaves, count, { level, hash: this.#hash });
    const at = this.#chunkCount * NODE_BYTES;
    if (at === this.#layer.length) this.#growLayer();
    this.#layer.set(this.#leaves.subarray(0, NODE_BYTES), at);
    this.#chunkCount += 1;
    this.#leafCount = 0;
  }

  #growLayer(): void {
    const longer = new Uint8Array(2 * this.#layer.length);
    longer.set(this.#layer);
    this.#layer = longer;
  }
}
