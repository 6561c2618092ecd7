import { beforeEach, describe, expect, it } from 'vitest';
import { toHex } from '../../../src-main/contract/bytes.ts';
import type { DownloadId } from '../../../src-main/contract/ids.ts';
import { parseWebUrl, type WebUrl } from '../../../src-main/contract/web-url.ts';
import { type FileCheck, toPieces } from '../../../src-main/engine/content/file-check.ts';
import type { OutgoingResponse } from '../../../src-main/engine/ports/index.ts';
import { DownloadWorld, FOLDER, makeFile } from '../../support/download-world.ts';
import { seededBytes, sha256 } from '../../support/sha256.ts';
import { pieces as inPieces, WebMirror } from '../../support/web-mirror.ts';

const MIB = 2 ** 20;
const file = makeFile(13 * MIB + 77_777);
const other = makeFile(file.bytes.length, 5);
const hashOf = (bytes: Uint8Array) => toHex(sha256(bytes));
/** Of a piece that is not waited for, and a little. */
const LONG_PIECE = 16 * MIB + 1;
const long = seededBytes(LONG_PIECE + 1000, 3);
const SHA256 = hashOf(file.bytes);

function checkOf(pieceBytes?: number): FileCheck {
  if (pieceBytes === undefined) return { sha256: SHA256 };
  const count = Math.ceil(file.bytes.length / pieceBytes);
  const hashes = Array.from({ length: count }, (_, index) =>
    hashOf(file.bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes)),
  );
  const pieces = toPieces(pieceBytes, hashes, file.bytes.length);
  return { sha256: SHA256, ...(pieces ? { pieces } : {}) };
}

let world: DownloadWorld;
let mirrors: WebMirror[];
let urls: WebUrl[];
beforeEach(async () => {
  world = await DownloadWorld.start();
  mirrors = [];
  urls = [];
  for (const name of ['one', 'two', 'three']) {
    const mirror = new WebMirror(file.bytes);
    const address = `93.184.216.${mirrors.push(mirror)}`;
    world.web.names.set(`${name}.example`, [address]);
    world.web.servers.set(`${address}:80`, mirror.serve);
    const url = parseWebUrl(`http://${name}.example/file`);
    if (url) urls.push(url);
  }
});

const addUnnamed = (check: FileCheck, from = urls): Promise<DownloadId> =>
  world.downloads.add({
    ...{ hash: undefined, size: file.bytes.length, name: 'file.bin', check },
    sources: from.map((url) => ({ url })),
  });
const sourceOf = (id: DownloadId, index: number) => world.view(id).sources.find(({ node }) => node === urls[index]);
async function expectWhole(id: DownloadId): Promise<void> {
  await world.until(id, 'done');
  expect(Buffer.compare(await world.content(`${FOLDER}/file.bin`), file.bytes)).toBe(0);
  expect(world.view(id)).toMatchObject({ hash: file.hash, done: file.bytes.length });
  expect(world.finished.at(-1)).toMatchObject({ hash: file.hash, chunkLayer: file.chunkLayer });
}

/** It closes after so many bytes of the whole file. */
function breakOff(mirror: WebMirror, after: number): void {
  const headers = { 'content-length': String(mirror.bytes.length) };
  mirror.answer = ({ headers: { range } }) =>
    range === undefined ? { status: 200, headers, body: inPieces(mirror.bytes, 0, after) } : undefined;
}

describe('a file that a list names by other hashes', () => {
  it('comes from all its mirrors, checked by pieces, and has a ContentHash when it is whole', async () => {
    const id = await addUnnamed(checkOf(256 * 1024));
    expect(world.view(id).hash).toBeNull();
    await world.clock.runUntil(() => world.view(id).state === 'downloading', 5000);
    await expectWhole(id);
    const bytes = mirrors.map((_, index) => sourceOf(id, index)?.bytes ?? 0);
    expect(Math.min(...bytes)).toBeGreaterThan(0);
    expect(bytes.reduce((sum, sent) => sum + sent)).toBe(file.bytes.length);
    expect(world.searches).toBe(0);
  });

  it.each([1_000_003, 4 * MIB, 6 * MIB])('may have pieces of %i bytes', async (pieceBytes) => {
    await expectWhole(await addUnnamed(checkOf(pieceBytes)));
  });

  it('is checked at its end by pieces that are too long to wait for, where nothing else tells what is right', async () => {
    const pieces = toPieces(
      LONG_PIECE,
      [hashOf(long.subarray(0, LONG_PIECE)), hashOf(long.subarray(LONG_PIECE))],
      long.length,
    );
    for (const [index, mirror] of mirrors.entries())
      mirror.bytes = index === 0 ? long.map((byte, at) => (at === 17 ? byte ^ 1 : byte)) : long;
    const id = await world.downloads.add({
      ...{ hash: undefined, size: long.length, name: 'file.bin', check: pieces && { pieces } },
      sources: urls.slice(0, 1).map((url) => ({ url })),
    });
    await world.clock.runUntil(() => sourceOf(id, 0)?.state === 'banned', 20_000);
    const [, url] = urls;
    if (url) world.downloads.addSource(id, { url });
    await world.until(id, 'done');
    expect(Buffer.compare(await world.content(`${FOLDER}/file.bin`), long)).toBe(0);
  });

  it('is refused without anything to check it by', async () => {
    const id = await addUnnamed({});
    await world.until(id, 'failed');
    expect(world.view(id)).toMatchObject({ reason: 'input.invalid', done: 0 });
  });

  it('may be small, of a size that only the server tells', async () => {
    const bytes = file.bytes.subarray(0, 1000);
    for (const mirror of mirrors) mirror.bytes = bytes;
    const id = await world.downloads.add({
      ...{ hash: undefined, name: 'small', check: { sha256: hashOf(bytes) } },
      sources: urls.map((url) => ({ url })),
    });
    await world.until(id, 'done');
    expect(await world.content(`${FOLDER}/small`)).toEqual(bytes);
  });

  it('bans at once who sends a piece that is wrong', async () => {
    mirrors[1] = Object.assign(mirrors[1] ?? new WebMirror(file.bytes), { bytes: other.bytes });
    const id = await addUnnamed(checkOf(MIB));
    await world.clock.runUntil(() => sourceOf(id, 1)?.state === 'banned', 20_000);
    expect(sourceOf(id, 1)).toMatchObject({ reason: 'content.bad-bytes', bytes: 0 });
    await world.kill();
    expect(sourceOf(id, 1)?.state).toBe('banned');
    await expectWhole(id);
  });

  it('comes whole although a mirror holds its last segment and sends a few bytes a second, without pieces too', async () => {
    const [slow] = mirrors;
    const drip = (range: string | undefined) => {
      const [, from = 0, to = 0] = (/^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? []).map(Number);
      const contentRange = `bytes ${from}-${to}/${file.bytes.length}`;
      const bytes = [...file.bytes.subarray(from, Math.min(to + 1, from + 2000))].map((byte) => Uint8Array.of(byte));
      return { status: 206, headers: { 'content-range': contentRange }, body: bytes, bytesPerSecond: 5 };
    };
    if (slow) slow.answer = ({ headers: { range } }) => (range === 'bytes=0-0' ? undefined : drip(range));
    const id = await addUnnamed(checkOf(), urls.slice(0, 2));
    await world.until(id, 'done', 30_000);
    await expectWhole(id);
    expect(sourceOf(id, 0)).toMatchObject({ state: 'unreachable', reason: 'content.slow', bytes: 0 });
  });

  it.each([
    ['pieces', () => checkOf(MIB).pieces && { pieces: checkOf(MIB).pieces }],
    ['the whole', () => checkOf()],
  ])('is not the file that came to lie in the place of its part, checked by %s', async (_, toCheck) => {
    const id = await addUnnamed(toCheck() as FileCheck, urls.slice(0, 1));
    await world.clock.runUntil(() => world.view(id).done > 8 * MIB, 20_000);
    const part = `${FOLDER}/.shoal-parts/${id}.part`;
    await world.files.rename(part, `${part}.away`);
    const another = await world.files.openWrite(part);
    await another.write(other.bytes, 0);
    await another.close();
    await world.until(id, 'paused');
    expect(world.view(id).reason).toBe('disk.missing');
    await expectWhole(id);
    expect(sourceOf(id, 0)?.state).not.toBe('banned');
  });

  it('without pieces finds out at the end, and who it was when one alone sent all', async () => {
    for (const index of [0, 1]) Object.assign(mirrors[index] ?? {}, { bytes: other.bytes });
    const id = await addUnnamed(checkOf(), urls.slice(0, 2));
    const states = () => [0, 1].map((index) => sourceOf(id, index)?.state);
    let slowest = 0;
    await world.clock.runUntil(() => {
      slowest = Math.min(slowest, world.view(id).rate);
      return states().every((state) => state === 'banned');
    }, 60_000);
    // What is taken back does not count as speed: a list with a rate below nothing could not be read.
    expect(slowest).toBe(0);
    const [, , url] = urls;
    if (url) world.downloads.addSource(id, { url });
    await expectWhole(id);
    expect(sourceOf(id, 2)?.bytes).toBe(file.bytes.length);
  });

  it('goes on after a kill with what was recorded', async () => {
    const id = await addUnnamed(checkOf(MIB));
    await world.clock.runUntil(() => world.view(id).done > 6 * MIB, 20_000);
    await world.downloads.pause(id);
    await world.downloads.resume(id);
    await world.kill();
    const before = mirrors.map(({ asked }) => asked.length);
    await expectWhole(id);
    const later = mirrors.flatMap(({ asked }, index) => asked.slice(before[index]));
    const bytes = later.reduce((sum, range) => {
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
      return sum + Number(to) - Number(from) + 1;
    }, 0);
    expect(bytes).toBeLessThan(8 * MIB);
  });

  it('survives a mirror that falls silent and one that dies', async () => {
    const id = await addUnnamed(checkOf(MIB));
    await world.clock.runUntil(() => world.view(id).done > 4 * MIB, 20_000);
    world.web.servers.delete('93.184.216.1:80');
    world.web.servers.set('93.184.216.2:80', () => undefined);
    await expectWhole(id);
  });

  it.each([MIB, 300_000])('comes from a server that caps its ranges at %i bytes, each byte once', async (mostBytes) => {
    const [mirror] = mirrors;
    if (!mirror) throw new Error('no mirror');
    mirror.mostBytes = mostBytes;
    const id = await addUnnamed(checkOf(4 * MIB), urls.slice(0, 1));
    await expectWhole(id);
    const starts = mirror.asked.map((range) => Number(/^bytes=(\d+)-/.exec(range ?? '')?.[1]));
    expect(sourceOf(id, 0)?.bytes).toBe(file.bytes.length);
    // Segments begin anew; the first one asks how long the file is.
    expect(starts.length).toBeLessThanOrEqual(Math.ceil(file.bytes.length / mostBytes) + 8);
  });

  it('is not asked on and on of a server that sends a few bytes at a time', async () => {
    for (const mirror of mirrors) mirror.mostBytes = 1;
    const id = await addUnnamed(checkOf(4 * MIB), urls.slice(0, 1));
    await world.clock.runUntil(() => sourceOf(id, 0)?.state === 'unreachable', 2000);
    expect(sourceOf(id, 0)?.reason).toBe('content.slow');
    expect(mirrors[0]?.asked.length).toBe(4);
    for (const mirror of mirrors) mirror.mostBytes = MIB;
    await expectWhole(id);
  });

  it('comes whole from a server that knows no ranges', async () => {
    for (const mirror of mirrors) mirror.hasRanges = false;
    await expectWhole(await addUnnamed(checkOf(MIB), urls.slice(0, 1)));
  });

  it.each([
    ['one that knows none either', () => Object.assign(mirrors[1] ?? {}, { hasRanges: false })],
    ['one that never answers', () => world.web.servers.set('93.184.216.2:80', () => undefined)],
  ])('comes whole from a server that knows no ranges beside %s, each byte once', async (_, change) => {
    Object.assign(mirrors[0] ?? {}, { hasRanges: false });
    change();
    const id = await addUnnamed(checkOf(MIB), urls.slice(0, 2));
    await expectWhole(id);
    const whole = mirrors.flatMap(({ asked }) => asked).filter((range) => range === undefined);
    expect(whole.length).toBe(1);
  });

  it.each([
    ['pieces', MIB],
    ['the whole', undefined],
  ])(
    'comes whole from a server that knows no ranges after a stop and after a break, checked by %s',
    async (_, pieceBytes) => {
      const [mirror] = mirrors;
      if (!mirror) throw new Error('no mirror');
      mirror.hasRanges = false;
      const id = await addUnnamed(checkOf(pieceBytes), urls.slice(0, 1));
      await world.clock.runUntil(() => world.view(id).done > 4 * MIB, 20_000);
      await world.downloads.pause(id);
      await world.downloads.resume(id);
      // In the part of the file that comes for the first time.
      breakOff(mirror, 9 * MIB);
      await world.clock.runUntil(() => sourceOf(id, 0)?.reason === 'peer.protocol', 20_000);
      expect(world.view(id).done).toBe(9 * MIB);
      mirror.answer = () => undefined;
      await expectWhole(id);
      expect(sourceOf(id, 0)?.bytes).toBe(file.bytes.length);
    },
  );

  it('that broke off is right by the digest of what came before and after', async () => {
    const [mirror] = mirrors;
    if (!mirror) throw new Error('no mirror');
    mirror.hasRanges = false;
    breakOff(mirror, 5 * MIB);
    const id = await addUnnamed(checkOf(), urls.slice(0, 1));
    await world.clock.runUntil(() => sourceOf(id, 0)?.reason === 'peer.protocol', 20_000);
    // Nobody could tell by a digest of the right bytes that others came to lie in their place.
    mirror.bytes = file.bytes.map((byte, at) => (at === 17 ? byte ^ 1 : byte));
    mirror.answer = () => undefined;
    await expectWhole(id);
  });

  it('is not sent once more from its beginning while others know ranges', async () => {
    Object.assign(mirrors[0] ?? {}, { hasRanges: false });
    const id = await addUnnamed(checkOf(MIB), urls.slice(0, 2));
    await world.clock.runUntil(() => world.view(id).done > 6 * MIB, 20_000);
    await world.downloads.pause(id);
    await world.downloads.resume(id);
    await expectWhole(id);
    expect(mirrors[0]?.asked.filter((range) => range === undefined).length).toBe(1);
  });

  it('comes in parts from those that know ranges where another does not', async () => {
    Object.assign(mirrors[0] ?? {}, { hasRanges: false });
    const id = await addUnnamed(checkOf(MIB));
    await expectWhole(id);
    expect([1, 2].every((index) => (sourceOf(id, index)?.bytes ?? 0) > 0)).toBe(true);
  });

  it('that contradicts itself fails, and bans nobody', async () => {
    const id = await addUnnamed({ ...checkOf(MIB), sha256: 'f'.repeat(64) });
    await world.until(id, 'failed');
    expect(world.view(id).reason).toBe('content.changed');
    expect(world.view(id).sources.some(({ state }) => state === 'banned')).toBe(false);
  });

  it.each([
    ['../../etc/passwd', '_._etc_passwd'],
    ['CON.txt', '_CON.txt'],
    ['a\u202egpj.exe', 'a_gpj.exe'],
    ['a\u0000b\nc', 'a_b_c'],
    ['..', undefined],
  ])('named %j lies in the download folder under a safe name', async (name, safe) => {
    const bytes = file.bytes.subarray(0, 1000);
    for (const mirror of mirrors) mirror.bytes = bytes;
    const wanted = { hash: undefined, size: 1000, name, check: { sha256: hashOf(bytes) } };
    const id = await world.downloads.add({ ...wanted, sources: urls.map((url) => ({ url })) });
    await world.until(id, 'done');
    // By then it has a ContentHash, which names what has no name.
    const path = `${FOLDER}/${safe ?? world.view(id).hash}`;
    expect(world.view(id).path).toBe(path);
    expect(Buffer.compare(await world.content(path), bytes)).toBe(0);
  });

  it('is added once, can be paused and cancelled, and is kept in the history without a hash', async () => {
    const id = await addUnnamed(checkOf());
    await expect(addUnnamed(checkOf())).rejects.toMatchObject({ code: 'download.exists', params: { id } });
    await world.clock.runUntil(() => world.view(id).done > 0, 5000);
    await world.downloads.pause(id);
    await world.kill();
    expect(world.view(id)).toMatchObject({ state: 'paused', hash: null });
    await expect(addUnnamed(checkOf())).rejects.toMatchObject({ code: 'download.exists' });
    await world.downloads.cancel(id);
    expect(await world.database.all('SELECT hash, outcome FROM history')).toEqual([{ hash: '', outcome: 'cancelled' }]);
    expect(await world.database.all('SELECT * FROM download_check')).toEqual([]);
  });

  it('waits for space, says so, and goes on when there is some', async () => {
    world.files.faults.quotaBytes = 5 * MIB;
    const id = await addUnnamed(checkOf(MIB));
    await world.until(id, 'paused');
    expect(world.view(id)).toMatchObject({ reason: 'disk.full', done: 0 });
    world.files.faults.quotaBytes = Number.MAX_SAFE_INTEGER;
    await expectWhole(id);
  });

  it('makes the download folder when that is not there', async () => {
    await world.files.rename(FOLDER, '/before');
    expect(await world.files.stat(FOLDER)).toBeUndefined();
    await expectWhole(await addUnnamed(checkOf(MIB)));
  });

  it('keeps to the limit of the download', async () => {
    const id = await addUnnamed(checkOf(MIB));
    await world.downloads.set(id, { maxSources: undefined, rate: MIB });
    const ms = await world.until(id, 'done');
    expect(ms).toBeGreaterThan(12_000);
  });
});

describe('a file with a ContentHash that only the web has', () => {
  const addNamed = () =>
    world.downloads.add({
      hash: file.hash,
      size: file.bytes.length,
      name: 'file.bin',
      sources: urls.map((url) => ({ url })),
    });

  it('is fetched whole, and right by its ContentHash', async () => {
    await expectWhole(await addNamed());
  });

  it.each([
    ['never answer', () => new Promise<OutgoingResponse>(() => undefined)],
    ['are always busy', () => ({ status: 503 })],
  ])('comes from the web without a break beside many peers that %s', async (_, answer) => {
    world.set({ 'download.rate-each': MIB });
    const peers = await Promise.all(Array.from({ length: 30 }, () => world.source(file)));
    for (const { script } of peers) script.answer = answer;
    const sources = [...peers.map(({ found }) => found), ...urls.map((url) => ({ url }))];
    const id = await world.downloads.add({ hash: file.hash, size: file.bytes.length, name: 'file.bin', sources });
    expect(await world.until(id, 'done')).toBeLessThan(20_000);
    await expectWhole(id);
    // Each was connected to once.
    const probes = mirrors.flatMap(({ asked }) => asked.filter((range) => range === 'bytes=0-0'));
    expect(probes.length).toBe(mirrors.length);
  });

  it('is checked chunk by chunk from when a peer that knows the chunks is found, with what is here', async () => {
    const id = await addNamed();
    for (const mirror of mirrors) mirror.bytes = other.bytes;
    await world.clock.runUntil(() => world.view(id).done > 4 * MIB, 30_000);
    const peer = await world.source(file, 2 * MIB);
    world.downloads.addSource(id, peer.found);
    await expectWhole(id);
    expect(world.view(id).sources.filter(({ state }) => state === 'banned').length).toBeGreaterThan(0);
  });
});
