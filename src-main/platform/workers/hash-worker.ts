import { equalBytes, toHex } from '../../contract/bytes.ts';
import type { ContentHash } from '../../contract/ids.ts';
import { checkChunkLayer, type FileName, fileRoot } from '../../engine/content/chunk-layer.ts';
import { chunkNodes } from '../../engine/content/chunk-nodes.ts';
import { chunkRoot } from '../../engine/content/chunk-root.ts';
import { arePieces, type Pieces } from '../../engine/content/file-check.ts';
import type { CheckedPart, DigestName, PartCheck, VerifiedChunk } from '../../engine/ports/index.ts';
import { DirectWriter, type WritePlace } from '../direct-writer.ts';
import { digestFileNow, hashFileNow, hasPiecesNow, READ_BYTES } from '../hash-file.ts';
import { nodeHashInto } from '../node-sha256.ts';
import { RunningDigests } from '../running-digests.ts';
import { answerCalls } from './answer-calls.ts';

const readBuffer = new Uint8Array(READ_BYTES);
const writer = new DirectWriter();
const digests = new RunningDigests();
const NO_NODES = new Uint8Array(0);

const api = {
  hashFile: (path: string) => hashFileNow(path, readBuffer),
  digestFile: (path: string) => digestFileNow(path, readBuffer),
  hasPieces: (path: string, pieces: Pieces) => hasPiecesNow(path, pieces, readBuffer),
  verifyLayer: (layer: Uint8Array, file: FileName) => checkChunkLayer(layer, file, nodeHashInto),
  /** See Hasher.verifyChunk. */
  verifyChunk(buffer: ArrayBuffer, length: number, leaves: number, expected: Uint8Array): VerifiedChunk {
    const root = chunkRoot(new Uint8Array(buffer, 0, length), leaves, nodeHashInto);
    return { ok: equalBytes(root, expected), buffer };
  },
  nameOf: (chunkLayer: Uint8Array) => toHex(fileRoot(chunkLayer, nodeHashInto)) as ContentHash,
  /** See Hasher.verifyAndWrite. */
  async verifyAndWrite(
    ...[buffer, length, leaves, expected, place]: [ArrayBuffer, number, number, Uint8Array, WritePlace]
  ): Promise<VerifiedChunk> {
    const checked = api.verifyChunk(buffer, length, leaves, expected);
    if (checked.ok) await writer.write(new Uint8Array(buffer, 0, length), place);
    return checked;
  },
  /** The first half of Hasher.checkAndWrite: all but the digest. Without a place it only checks. */
  async checkAndWrite(
    ...[buffer, check, place]: [ArrayBuffer, PartCheck, WritePlace | undefined]
  ): Promise<CheckedPart> {
    const { length, pieces, hasNodes } = check;
    const bytes = new Uint8Array(buffer, 0, length);
    if (pieces && !arePieces(bytes, pieces, nodeHashInto)) return { ok: false, buffer, nodes: NO_NODES, digested: 0 };
    const writing = place && writer.write(bytes, place);
    // It is waited for below, when the rest is done.
    writing?.catch(() => undefined);
    const nodes = hasNodes ? chunkNodes(bytes, nodeHashInto) : NO_NODES;
    await writing;
    return { ok: true, buffer, nodes, digested: 0 };
  },
  /** The second half. */
  feed: (...[digest, buffer, length, position]: [DigestName, ArrayBuffer, number, number]) => ({
    digested: digests.feed(digest, new Uint8Array(buffer, 0, length), position),
    buffer,
  }),
  digestOn: (digest: DigestName, to: number) => digests.readOn(digest, to, readBuffer),
  /** Loads the readers of media and documents on first use: a thread that only hashes needs none. */
  async describe(path: string) {
    const { describeFile } = await import('../descriptors/describe-file.ts');
    return describeFile(path);
  },
  async passiveType(beginning: Uint8Array) {
    const { passiveTypeOf } = await import('../descriptors/passive-type.ts');
    return passiveTypeOf(beginning);
  },
  async contentType(beginning: Uint8Array) {
    const { contentTypeOf } = await import('../descriptors/content-type.ts');
    return contentTypeOf(beginning);
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
