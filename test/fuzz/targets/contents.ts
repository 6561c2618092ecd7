import { deepEqual, equal } from 'node:assert/strict';
import { equalBytes, fromHex, parseHex, toBase64, toHex } from '../../../src-main/contract/bytes.ts';
import type { ContentHash } from '../../../src-main/contract/ids.ts';
import { parseValue } from '../../../src-main/contract/parse-value.ts';
import { checkChunkLayer, checkLeafLayer, fileRoot } from '../../../src-main/engine/content/chunk-layer.ts';
import { ChunkMap } from '../../../src-main/engine/content/chunk-map.ts';
import { CHUNK_BYTES, LEAF_BYTES } from '../../../src-main/engine/content/constants.ts';
import { pieceHashes, toPieces } from '../../../src-main/engine/content/file-check.ts';
import { checkProof } from '../../../src-main/engine/content/proof.ts';
import { signedVoteSchema, toSignedBytes, voterKeySchema } from '../../../src-main/engine/wire/votes.ts';
import { verifySignature } from '../../../src-main/platform/identity/signing.ts';
import { sha256, sha256Into } from '../../support/sha256.ts';
import { VOTE, VOTER_KEY } from './samples.ts';
import { jsonTarget, type Target, textTarget } from './target.ts';

/** Bytes by which contents and votes are checked. */

const into = sha256Into;
const LAYER = new Uint8Array(96).map((_, at) => at * 7);
const ROOT = toHex(fileRoot(LAYER, into)) as ContentHash;

/** The first two bytes are the number of chunks. */
const chunkMap: Target = {
  name: 'chunk-map',
  seeds: [Uint8Array.of(0, 12, 0xff, 0xf0), Uint8Array.of(0, 8, 0xaa), Uint8Array.of(0, 0)],
  maxBytes: 9000,
  run(input) {
    const length = ((input[0] ?? 0) << 8) | (input[1] ?? 0);
    const bits = input.subarray(2);
    const map = ChunkMap.fromBytes(bits, length);
    if (!map) return;
    deepEqual(Buffer.from(map.toBytes()), Buffer.from(bits));
    let held = 0;
    for (const { start, end } of map.heldRanges()) held += end - start;
    equal(held, map.count);
  },
};

/** The first byte says what file it is to belong to. */
const layers: Target = {
  name: 'tree-layers',
  seeds: [Uint8Array.of(0, ...LAYER), Uint8Array.of(1, ...LAYER.subarray(0, 64)), Uint8Array.of(2)],
  maxBytes: 4096,
  run(input) {
    const layer = input.subarray(1);
    const size = ((input[0] ?? 0) % 5) * CHUNK_BYTES + 3 * LEAF_BYTES;
    checkChunkLayer(layer, { hash: ROOT, size: 2 * CHUNK_BYTES + 1 }, into);
    checkChunkLayer(layer, { hash: ROOT, size }, into);
    checkLeafLayer(layer, { size, index: 0, expected: LAYER.subarray(0, 32) }, into);
    const [node, root] = [LAYER.subarray(0, 32), LAYER.subarray(32, 64)];
    checkProof(layer, { node, index: input[0] ?? 0, height: 3, root }, sha256);
  },
};

const vote = jsonTarget({
  name: 'vote-signature',
  values: [{ key: VOTER_KEY, ...VOTE }],
  async read(text) {
    const value = safely(text);
    const read = parseValue(signedVoteSchema, value);
    const key = parseValue(voterKeySchema, (value as { key?: unknown } | null)?.key);
    if (!read.success || !key.success) return;
    const message = toSignedBytes(read.data);
    equal(message.length, 61);
    const signature = fromHex(read.data.signature);
    // Nobody has signed anything here.
    equal(await verifySignature({ publicKey: fromHex(key.data), message, signature }), false);
  },
});

const hex = textTarget({
  name: 'hex',
  seeds: ['00ff', 'AB', 'x', '0'],
  read(text) {
    const bytes = parseHex(text);
    if (bytes) equal(toHex(bytes), text.toLowerCase());
    toBase64(new TextEncoder().encode(text));
    equalBytes(LAYER, LAYER);
  },
});

/** Length, size, then the hashes, one a line. */
const pieces = textTarget({
  name: 'pieces',
  seeds: [`4096\n8192\n${'03bc'.repeat(16)}\n${'9a07'.repeat(16)}`, `1\n1\n${'00'.repeat(32)}`],
  read(text) {
    const [bytes, size, ...hashes] = text.split('\n');
    const read = toPieces(Number(bytes), hashes, Number(size));
    if (read) deepEqual(pieceHashes(read), hashes);
  },
});

function safely(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const CONTENT_TARGETS: readonly Target[] = [chunkMap, layers, vote, hex, pieces];
