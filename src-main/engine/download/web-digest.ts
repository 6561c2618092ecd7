import { AppError } from '../../contract/errors.ts';
import { CHUNK_BYTES, chunkCount, NODE_BYTES } from '../content/constants.ts';
import type { DigestName, HashedFile, Hasher } from '../ports/hasher.ts';

/** Bytes that are read again at once: longer, and the chunks of other downloads would wait. */
const READ_BYTES = 8 * 2 ** 20;

type Deps = {
  readonly hasher: Hasher;
  readonly path: string;
  readonly size: number;
  readonly segmentBytes: number;
  readonly hasSha256: boolean;
};
export type Named = HashedFile & { readonly sha256: string | undefined };

/** Learns the ContentHash and SHA-256 of a file while it comes, so that it need not be read again at its end. */
export class WebDigest {
  readonly #deps: Deps;
  readonly #layer: Uint8Array;
  readonly #digest: DigestName | undefined;
  #nodes = 0;
  #digested = 0;
  #reading: Promise<void> | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#layer = new Uint8Array(chunkCount(deps.size) * NODE_BYTES);
    this.#digest = deps.hasSha256 ? deps.hasher.newDigest(deps.path) : undefined;
  }

  /** What of it can be learned of segments of so many bytes: its chunk layer is made of whole chunks. */
  static fits(size: number, segmentBytes: number): boolean {
    return size > CHUNK_BYTES && segmentBytes % CHUNK_BYTES === 0;
  }

  get name(): DigestName | undefined {
    return this.#digest;
  }

  /** The nodes of the chunks from byte `start` on, each told once, and how far the digest has come. */
  add(start: number, nodes: Uint8Array, digested: number): void {
    this.#layer.set(nodes, (start / CHUNK_BYTES) * NODE_BYTES);
    this.#nodes += nodes.length / NODE_BYTES;
    this.#digested = digested;
  }

  /** What came out of its order is read again while the rest is still coming. `prefix`: bytes that are here without a gap. */
  follow(prefix: number): void {
    if (this.#reading || prefix - this.#digested < READ_BYTES) return;
    const { segmentBytes } = this.#deps;
    // Up to the end of a segment, or none that comes would ever be the next one.
    const to = Math.ceil((this.#digested + READ_BYTES) / segmentBytes) * segmentBytes;
    this.#reading = this.#readTo(Math.min(to, prefix))
      // Told by the end, which reads it once more.
      .catch(() => undefined)
      .then(() => {
        this.#reading = undefined;
      });
  }

  /** When all bytes are in the part. Fails with disk.*, content.gone or the signal's reason. */
  async finish(signal: AbortSignal): Promise<Named> {
    const { hasher, size } = this.#deps;
    if (this.#nodes * NODE_BYTES !== this.#layer.length) throw new AppError('internal', { why: 'a node is missing' });
    await this.#reading;
    const hash = await hasher.nameOf(this.#layer);
    const sha256 = await this.#readTo(size, signal);
    return { hash, size, chunkLayer: this.#layer, sha256 };
  }

  /** SHA-256 of what it has come to, which is byte `to` or beyond. */
  async #readTo(to: number, signal?: AbortSignal): Promise<string | undefined> {
    let sha256: string | undefined;
    while (this.#digest && (sha256 === undefined || this.#digested < to)) {
      signal?.throwIfAborted();
      const next = Math.min(to, this.#digested + READ_BYTES);
      const digested = await this.#deps.hasher.digestOn(this.#digest, next);
      this.#digested = digested.bytes;
      sha256 = digested.sha256;
    }
    return sha256;
  }
}
