import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readlink, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toHex } from '../../src-main/contract/bytes.ts';
import type { ContentHash } from '../../src-main/contract/ids.ts';
import { chunkRoot } from '../../src-main/engine/content/chunk-root.ts';
import { CHUNK_BYTES, leavesOfChunk } from '../../src-main/engine/content/constants.ts';
import { type Pieces, piecesAt, toPieces } from '../../src-main/engine/content/file-check.ts';
import type { FileSystem, Hasher } from '../../src-main/engine/ports/index.ts';
import { HashPool } from '../../src-main/platform/hash-pool.ts';
import { NodeFileSystem } from '../../src-main/platform/node-file-system.ts';
import { MemoryFileSystem } from '../../src-main/simulator/memory-file-system.ts';
import { MemoryHasher } from '../../src-main/simulator/memory-hasher.ts';
import { referenceTree } from '../support/reference-tree.ts';
import { seededBytes, sha256, sha256Into } from '../support/sha256.ts';

const run = promisify(execFile);

/** A hasher and the files that it sees. */
type World = {
  readonly hasher: Hasher;
  readonly files: FileSystem;
  path(name: string): string;
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** Gives a file other times, over and over, until `isOver`. */
  keepTouching(name: string, isOver: () => boolean): Promise<void>;
  end(): Promise<void>;
};

async function realWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), 'shoal-hasher-'));
  const hasher = new HashPool();
  const path = (name: string) => join(folder, name);
  return {
    hasher,
    files: new NodeFileSystem(),
    path,
    put: (name, bytes) => writeFile(path(name), bytes),
    async keepTouching(name, isOver) {
      for (let second = 1; !isOver(); second++) {
        await utimes(path(name), second, second);
        await setImmediate();
      }
    },
    async end() {
      await hasher.stop();
      await rm(folder, { recursive: true });
    },
  };
}

async function memoryWorld(): Promise<World> {
  const files = new MemoryFileSystem({ clock: { wallMs: () => 1 } });
  const path = (name: string) => `/files/${name}`;
  await files.makeFolder('/files');
  return {
    hasher: new MemoryHasher({ files, sha256 }),
    files,
    path,
    put: async (name, bytes) => files.putFile(path(name), bytes),
    async keepTouching(name, isOver) {
      for (let second = 1; !isOver(); second++) {
        files.setModified(path(name), second * 1000);
        await Promise.resolve();
      }
    },
    end: async () => expect(files.openHandles).toBe(0),
  };
}

describe.each([
  ['HashPool', realWorld],
  ['MemoryHasher', memoryWorld],
])('%s', (_, makeWorld) => {
  let world: World;
  beforeEach(async () => {
    world = await makeWorld();
  });
  afterEach(() => world.end());

  test.each([1, 64, 16_385, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 5])(
    'names a file of %i bytes',
    async (size) => {
      const bytes = seededBytes(size, size);
      await world.put('a', bytes);
      const { root, chunkLayer } = referenceTree(bytes);
      const hashed = await world.hasher.hashFile(world.path('a'));
      expect({ ...hashed, chunkLayer: toHex(hashed.chunkLayer) }).toEqual({
        hash: toHex(root),
        size,
        chunkLayer: toHex(chunkLayer),
      });
    },
  );

  test('names a file by SHA-256 of all of it too', async () => {
    const bytes = seededBytes(CHUNK_BYTES + 5, 3);
    await world.put('a', bytes);
    const { sha256: whole, ...hashed } = await world.hasher.digestFile(world.path('a'));
    expect(whole).toBe(toHex(sha256(bytes)));
    expect(hashed).toEqual(await world.hasher.hashFile(world.path('a')));
  });

  test('takes of a part what its pieces say, gives the buffer back, and writes nothing else', async () => {
    const bytes = seededBytes(1000, 4);
    const parts = [0, 300, 600, 900].map((at) => toHex(sha256(bytes.subarray(at, at + 300))));
    const pieces = toPieces(300, parts, 1000);
    if (!pieces) throw new Error('no pieces');
    const target = await world.files.openWrite(world.path('part'));
    const check = async (change: (buffer: Uint8Array) => void, length = 1000, given: Pieces | 'none' = pieces) => {
      const buffer = new ArrayBuffer(1200);
      new Uint8Array(buffer).set(bytes);
      change(new Uint8Array(buffer));
      const asked = { length, pieces: given === 'none' ? undefined : given, hasNodes: false, digest: undefined };
      const checked = await world.hasher.checkAndWrite(buffer, asked, target, 0);
      expect(checked.buffer.byteLength).toBe(1200);
      expect(checked.nodes).toHaveLength(0);
      return checked.ok;
    };
    for (const at of [0, 299, 300, 999]) {
      const spoil = (buffer: Uint8Array) => {
        buffer[at] = (buffer[at] ?? 0) ^ 1;
      };
      expect(await check(spoil)).toBe(false);
    }
    expect(await check(() => undefined, 999)).toBe(false);
    expect((await target.stat()).size).toBe(0);
    expect(await check((buffer) => buffer.copyWithin(0, 600), 400, piecesAt(pieces, 600, 400))).toBe(true);
    expect(await check(() => undefined, 600, piecesAt(pieces, 0, 600))).toBe(true);
    expect(await check((buffer) => buffer.fill(7), 10, 'none')).toBe(true);
    expect(await check(() => undefined)).toBe(true);
    await target.close();
    expect(Buffer.compare(Buffer.from((await world.files.readSmall(world.path('part'), 2000)) ?? []), bytes)).toBe(0);
  });

  test.each(['in order', 'the end first'])('learns the names of a file from its parts, %s', async (order) => {
    const bytes = seededBytes(5 * CHUNK_BYTES + 77, 8);
    await world.put('whole', bytes);
    const named = await world.hasher.digestFile(world.path('whole'));
    const target = await world.files.openWrite(world.path('part'));
    const digest = world.hasher.newDigest(world.path('part'));
    const layer = new Uint8Array(named.chunkLayer.length);
    const starts = [0, 2, 4].map((chunk) => chunk * CHUNK_BYTES);
    for (const start of order === 'in order' ? starts : starts.toReversed()) {
      const part = bytes.slice(start, start + 2 * CHUNK_BYTES);
      const check = { length: part.length, pieces: undefined, hasNodes: true, digest };
      const { ok, nodes } = await world.hasher.checkAndWrite(part.buffer, check, target, start);
      expect(ok).toBe(true);
      layer.set(nodes, (start / CHUNK_BYTES) * 32);
    }
    await target.close();
    expect(layer).toEqual(named.chunkLayer);
    expect(await world.hasher.nameOf(layer)).toBe(named.hash);
    await world.hasher.digestOn(digest, 3 * CHUNK_BYTES);
    expect(await world.hasher.digestOn(digest, bytes.length)).toEqual({ bytes: bytes.length, sha256: named.sha256 });
    const another = world.hasher.newDigest(world.path('part'));
    const { sha256: begun } = await world.hasher.digestOn(another, 1000);
    expect(begun).toBe(toHex(sha256(bytes.subarray(0, 1000))));
    await expect(world.hasher.digestOn(another, bytes.length + 1)).rejects.toMatchObject({ code: 'content.gone' });
  });

  test.each([1, 100_000, 300_000, CHUNK_BYTES, 5_000_000])('knows a file by pieces of %i bytes', async (pieceBytes) => {
    const bytes = seededBytes(pieceBytes === 1 ? 40 : 700_000, 4);
    await world.put('pieces', bytes);
    const path = world.path('pieces');
    const hashes: string[] = [];
    for (let at = 0; at < bytes.length; at += pieceBytes)
      hashes.push(toHex(sha256(bytes.subarray(at, at + pieceBytes))));
    const pieces = toPieces(pieceBytes, hashes, bytes.length);
    if (!pieces) throw new Error('no pieces');
    const has = (given: Pieces) => world.hasher.hasPieces(path, given);
    expect(await has(pieces)).toBe(true);
    for (const at of [0, pieces.hashes.length - 1]) {
      const wrong = pieces.hashes.slice();
      wrong[at] = (wrong[at] ?? 0) ^ 1;
      expect(await has({ ...pieces, hashes: wrong })).toBe(false);
    }
    expect(await has({ ...pieces, hashes: pieces.hashes.slice(32) })).toBe(false);
    expect(await has({ ...pieces, hashes: new Uint8Array([...pieces.hashes, ...pieces.hashes]) })).toBe(false);
    await world.put('pieces', bytes.subarray(1));
    expect(await has(pieces)).toBe(false);
    await expect(world.hasher.hasPieces(world.path('missing'), pieces)).rejects.toMatchObject({ code: 'disk.missing' });
  });

  test('says that an empty file is gone, and a missing one missing', async () => {
    await world.put('empty', new Uint8Array(0));
    await expect(world.hasher.hashFile(world.path('empty'))).rejects.toMatchObject({ code: 'content.gone' });
    await expect(world.hasher.hashFile(world.path('missing'))).rejects.toMatchObject({
      code: 'disk.missing',
      params: { path: world.path('missing') },
    });
  });

  test('refuses a file that changes while it is read', async () => {
    await world.put('busy', new Uint8Array(64 * CHUNK_BYTES));
    let isOver = false;
    const hashing = world.hasher.hashFile(world.path('busy')).finally(() => {
      isOver = true;
    });
    await Promise.all([
      expect(hashing).rejects.toMatchObject({ code: 'content.gone' }),
      world.keepTouching('busy', () => isOver),
    ]);
  });

  test('stops for a signal, before and while it hashes', async () => {
    await world.put('a', new Uint8Array(64 * CHUNK_BYTES));
    const reason = new Error('enough');
    await expect(world.hasher.hashFile(world.path('a'), AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const hashing = world.hasher.hashFile(world.path('a'), controller.signal);
    controller.abort(reason);
    await expect(hashing).rejects.toBe(reason);
  });

  test.each([1, 16_385, 700_000, CHUNK_BYTES])(
    'verifies the only chunk of a file of %i bytes and gives its buffer back',
    async (size) => {
      const buffer = new ArrayBuffer(CHUNK_BYTES);
      const bytes = new Uint8Array(buffer, 0, size);
      bytes.set(seededBytes(size, 3));
      const leaves = leavesOfChunk(size);
      const expected = chunkRoot(bytes, leaves, sha256Into);
      const good = await world.hasher.verifyChunk(buffer, size, leaves, expected);
      expect([good.ok, good.buffer.byteLength]).toEqual([true, CHUNK_BYTES]);
      new Uint8Array(good.buffer).fill(1, size);
      const again = await world.hasher.verifyChunk(good.buffer, size, leaves, expected);
      expect(again.ok).toBe(true);
      new Uint8Array(again.buffer)[size - 1]! ^= 1;
      expect((await world.hasher.verifyChunk(again.buffer, size, leaves, expected)).ok).toBe(false);
    },
  );

  test('writes a right chunk to its place, and a wrong one not at all', async () => {
    const bytes = seededBytes(30_000, 9);
    const check = { length: bytes.length, leaves: 2, expected: chunkRoot(bytes, 2, sha256Into) };
    const handle = await world.files.openWrite(world.path('part'));
    try {
      const good = await world.hasher.verifyAndWrite(bytes.slice().buffer, check, handle, 5000);
      expect(good.ok).toBe(true);
      const wrong = new Uint8Array(good.buffer);
      wrong[0]! ^= 1;
      expect((await world.hasher.verifyAndWrite(good.buffer, check, handle, 100_000)).ok).toBe(false);
      const there = new Uint8Array(40_000);
      expect(await handle.read(there, 0)).toBe(35_000);
      expect(toHex(there.subarray(5000, 35_000))).toBe(toHex(bytes));
    } finally {
      await handle.close();
    }
  });

  test.each([
    ['that begins at a page of memory', { maxByteLength: CHUNK_BYTES }],
    ['anywhere in memory', {}],
  ])('writes whole chunks and the short last one from a buffer %s', async (_, options) => {
    const bytes = seededBytes(2 * CHUNK_BYTES + 5000, 4);
    const handle = await world.files.openWrite(world.path('part'));
    world.hasher.prepare();
    const writeChunk = async (chunk: number) => {
      const buffer = new ArrayBuffer(CHUNK_BYTES, options);
      const part = bytes.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES);
      new Uint8Array(buffer).set(part);
      const check = { length: part.length, leaves: 64, expected: chunkRoot(part, 64, sha256Into) };
      return (await world.hasher.verifyAndWrite(buffer, check, handle, chunk * CHUNK_BYTES)).ok;
    };
    try {
      // All at once, so that writes wait for each other.
      expect(await Promise.all([2, 0, 1, 1, 0].map(writeChunk))).toEqual([true, true, true, true, true]);
      const there = new Uint8Array(bytes.length + 1);
      expect(await handle.read(there, 0)).toBe(bytes.length);
      expect(Buffer.compare(there.subarray(0, bytes.length), bytes)).toBe(0);
    } finally {
      await handle.close();
    }
  });

  test('verifies the chunk layer of a file', async () => {
    const bytes = seededBytes(5 * CHUNK_BYTES + 1, 6);
    const { root, chunkLayer } = referenceTree(bytes);
    const file = { hash: toHex(root) as ContentHash, size: bytes.length };
    // A view on more than the layer, as an answer may be.
    const received = new Uint8Array(1000);
    received.set(chunkLayer, 100);
    const layer = received.subarray(100, 100 + chunkLayer.length);
    expect(await world.hasher.verifyLayer(layer, file)).toBe(true);
    expect(await world.hasher.verifyLayer(layer, { ...file, size: 5 * CHUNK_BYTES })).toBe(false);
    layer[170]! ^= 1;
    expect(await world.hasher.verifyLayer(layer, file)).toBe(false);
  });

  test('verifies the short last chunk of a large file, which the tree gives 64 leaves', async () => {
    const bytes = seededBytes(CHUNK_BYTES + 20_000, 5);
    const { chunkLayer } = referenceTree(bytes);
    const buffer = bytes.slice(CHUNK_BYTES).buffer;
    const checked = await world.hasher.verifyChunk(buffer, 20_000, 64, chunkLayer.subarray(32));
    expect(checked.ok).toBe(true);
    expect((await world.hasher.verifyChunk(checked.buffer, 19_999, 64, chunkLayer.subarray(32))).ok).toBe(false);
  });

  test('answers each of many checks with its own buffer', async () => {
    const checks = Array.from({ length: 40 }, async (_, i) => {
      const bytes = seededBytes(30_000 + i, i + 1);
      const expected = chunkRoot(bytes, 2, sha256Into);
      const { ok, buffer } = await world.hasher.verifyChunk(bytes.slice().buffer, bytes.length, 2, expected);
      return ok && toHex(new Uint8Array(buffer)) === toHex(bytes);
    });
    expect(await Promise.all(checks)).toEqual(checks.map(() => true));
  });
});

/** Paths of all files that this process has open. */
async function openFiles(): Promise<readonly string[]> {
  const numbers = await readdir('/proc/self/fd');
  // One that was closed since it was listed has no path.
  return Promise.all(numbers.map((number) => readlink(`/proc/self/fd/${number}`).catch(() => '')));
}

describe('HashPool', () => {
  /** Hashing these bytes would take a quarter of an hour; on disk the file has none. */
  const ENDLESS_BYTES = 2 ** 40;
  let folder: string;
  let pool: HashPool;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shoal-hash-pool-'));
    pool = new HashPool({ threads: 1, idleMs: 20 });
    await writeFile(join(folder, 'small'), 'small');
    await writeFile(join(folder, 'endless'), '');
    await truncate(join(folder, 'endless'), ENDLESS_BYTES);
  });
  afterEach(async () => {
    await pool.stop();
    await rm(folder, { recursive: true });
  });

  test('an abort frees the thread that was hashing', async () => {
    const controller = new AbortController();
    const endless = pool.hashFile(join(folder, 'endless'), controller.signal);
    const small = pool.hashFile(join(folder, 'small'));
    controller.abort(new Error('enough'));
    await expect(endless).rejects.toThrow('enough');
    await expect(small).resolves.toMatchObject({ size: 5 });
  });

  test.skipIf(process.platform !== 'linux')('an abort closes the file that was being read', async () => {
    const controller = new AbortController();
    const endless = expect(pool.hashFile(join(folder, 'endless'), controller.signal)).rejects.toThrow('enough');
    await expect.poll(openFiles).toContain(join(folder, 'endless'));
    controller.abort(new Error('enough'));
    await endless;
    await expect.poll(openFiles).not.toContain(join(folder, 'endless'));
  });

  test('checks chunks while a long file is hashed', async () => {
    const controller = new AbortController();
    const endless = pool.hashFile(join(folder, 'endless'), controller.signal);
    const checked = await pool.verifyChunk(new ArrayBuffer(1), 1, 1, new Uint8Array(32));
    expect(checked.ok).toBe(false);
    controller.abort(new Error('enough'));
    await expect(endless).rejects.toThrow('enough');
  });

  test('has no thread before the first file, and none when idle', async () => {
    expect(pool.threadCount).toBe(0);
    await pool.hashFile(join(folder, 'small'));
    expect(pool.threadCount).toBe(1);
    await expect.poll(() => pool.threadCount).toBe(0);
    await expect(pool.hashFile(join(folder, 'small'))).resolves.toMatchObject({ size: 5 });
  });

  test('stop fails what runs and what comes later', async () => {
    const endless = expect(pool.hashFile(join(folder, 'endless'))).rejects.toMatchObject({ code: 'internal' });
    await pool.stop();
    await endless;
    await expect(pool.hashFile(join(folder, 'small'))).rejects.toMatchObject({ code: 'internal' });
    expect(pool.threadCount).toBe(0);
  });

  test.each([
    ['a folder', ''],
    ['a pipe', 'pipe'],
  ])('refuses %s without waiting', async (_, name) => {
    if (name !== '') await run('mkfifo', [join(folder, name)]);
    await expect(pool.hashFile(join(folder, name))).rejects.toMatchObject({ code: 'disk.failed' });
  });
});
