import { equalBytes } from '../../contract/bytes.ts';
import { checkChunkLayer, type FileName } from '../../engine/content/chunk-layer.ts';
import { chunkRoot } from '../../engine/content/chunk-root.ts';
import { arePieces, type Pieces } from '../../engine/content/file-check.ts';
import type { VerifiedChunk } from '../../engine/ports/index.ts';
import { DirectWriter, type WritePlace } from '../direct-writer.ts';
import { digestFileNow, hashFileNow, READ_BYTES } from '../hash-file.ts';
import { nodeHashInto } from '../node-sha256.ts';
import { answerCalls } from './answer-calls.ts';

const readBuffer = new Uint8Array(READ_BYTES);
const writer = new DirectWriter();

const api = {
  hashFile: (path: string) => hashFileNow(path, readBuffer),
  digestFile: (path: string) => digestFileNow(path, readBuffer),
  verifyLayer: (layer: Uint8Array, file: FileName) => checkChunkLayer(layer, file, nodeHashInto),
  /** See Hasher.verifyChunk. */
  verifyChunk(buffer: ArrayBuffer, length: number, leaves: number, expected: Uint8Array): VerifiedChunk {
    const root = chunkRoot(new Uint8Array(buffer, 0, length), leaves, nodeHashInto);
    return { ok: equalBytes(root, expected), buffer };
  },
  /** See Hasher.verifyPieces. */
  verifyPieces(buffer: ArrayBuffer, length: number, pieces: Pieces): VerifiedChunk {
    return { ok: arePieces(new Uint8Array(buffer, 0, length), pieces, nodeHashInto), buffer };
  },
  /** See Hasher.verifyAndWrite. */
  async verifyAndWrite(
    ...[buffer, length, leaves, expected, place]: [ArrayBuffer, number, number, Uint8Array, WritePlace]
  ): Promise<VerifiedChunk> {
    const checked = api.verifyChunk(buffer, length, leaves, expected);
    if (checked.ok) await writer.write(new Uint8Array(buffer, 0, length), place);
    return checked;
  },
  /** Loads the readers of media and documents on first use: a thread that only hashes needs none. */
  async describe(path: string) {
    const { describeFile } = await import('../descriptors/describe-file.ts');
    return describeFile(path);
  },
  async passiveType(beginning: Uint8Array) {
    const { passiveTypeOf } = await import('../descriptors/passive-type.ts');
    return passiveTypeOf(beginning);
  },
  async readPage(page: Uint8Array) {
    const { decodeSharesPage } = await import('../../engine/wire/shares-page.ts');
    return decodeSharesPage(new TextDecoder().decode(page));
  },
  async readMetalink(text: string) {
    const { decodeMetalink } = await import('../../engine/wire/metalink.ts');
    return decodeMetalink(text);
  },
  async systemAuthorities() {
    const { systemAuthorities } = await import('../web/system-authorities.ts');
    return systemAuthorities();
  },
};

export type HashWorkerApi = typeof api;

/** Entry of the threads that hash files, check chunks, read descriptors, of files and in the XML of strangers, and
 * whatever else would hold up the event loop. */
answerCalls(api);
