import { describe, expect, it } from 'vitest';
import { toHex } from '../../../src-main/contract/bytes.ts';
import { parseWebUrl, type WebUrl } from '../../../src-main/contract/web-url.ts';
import { type FileCheck, toPieces } from '../../../src-main/engine/content/file-check.ts';
import { bytesOf, MediaWorld, makeNoise, startReading } from '../../support/media-world.ts';
import { sha256 } from '../../support/sha256.ts';
import { WebMirror } from '../../support/web-mirror.ts';

/** Files that a list names by other hashes, and that only web servers have. */

const MIB = 2 ** 20;
const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
const hashOf = (bytes: Uint8Array) => toHex(sha256(bytes));

function checkOf(bytes: Uint8Array, pieceBytes: number | undefined): FileCheck {
  if (pieceBytes === undefined) return { sha256: hashOf(bytes) };
  const count = Math.ceil(bytes.length / pieceBytes);
  const hashes = Array.from({ length: count }, (_, at) =>
    hashOf(bytes.subarray(at * pieceBytes, (at + 1) * pieceBytes)),
  );
  const pieces = toPieces(pieceBytes, hashes, bytes.length);
  return { sha256: hashOf(bytes), ...(pieces ? { pieces } : {}) };
}

type Listed = { readonly sizeBytes: number; readonly pieceBytes: number | undefined; readonly mirrors?: number };

/** A file on its way from web servers of 10 MiB a second. */
async function loading({ sizeBytes, pieceBytes, mirrors: count = 1 }: Listed) {
  const media = await MediaWorld.start();
  const { world } = media;
  const file = makeNoise(sizeBytes);
  const mirrors = Array.from({ length: count }, () => new WebMirror(file.bytes));
  const urls: WebUrl[] = [];
  for (const [index, mirror] of mirrors.entries()) {
    const address = `93.184.216.${index + 1}`;
    world.web.names.set(`m${index}.example`, [address]);
    world.web.servers.set(`${address}:80`, mirror.serve);
    const url = parseWebUrl(`http://m${index}.example/noise.wav`);
    if (url) urls.push(url);
  }
  const id = await world.downloads.add({
    ...{ hash: undefined, size: sizeBytes, name: 'noise.wav', check: checkOf(file.bytes, pieceBytes) },
    sources: urls.map((url) => ({ url })),
  });
  return { media, world, file, mirrors, id };
}

describe('a file from the web that is looked at', () => {
  it.each([256 * 1024, 1_000_003, 4 * MIB])(
    'is shown as it comes, checked by pieces of %i bytes',
    async (pieceBytes) => {
      const { media, world, file, id } = await loading({ sizeBytes: 24 * MIB + 777, pieceBytes });
      const shown = await media.open(id);
      expect(shown).toMatchObject({ name: 'noise.wav', size: file.bytes.length, type: 'audio/wav' });
      const reading = startReading(shown, { start: 0, end: file.bytes.length - 1 });
      await media.untilRead(reading, 6 * MIB);
      expect(world.view(id)).toMatchObject({ hash: null, state: 'downloading' });
      expect(world.view(id).done).toBeLessThan(16 * MIB);
      const { verified } = world.downloads.chunks(id);
      expect(Buffer.from(verified, 'base64')[0]).toBeGreaterThan(0b11110000);
      await media.untilEnded(reading);
      expect(equal(bytesOf(reading), file.bytes)).toBe(true);
      await shown.close();
      await world.until(id, 'done');
    },
  );

  it.each([1, 3])('brings the middle soon, from %i servers', async (mirrors) => {
    const { media, world, file, id } = await loading({ sizeBytes: 64 * MIB, pieceBytes: MIB, mirrors });
    await world.clock.runUntil(() => world.view(id).done > 20 * MIB, 60_000);
    const shown = await media.open(id);
    for (const start of [50 * MIB + 5, 40 * MIB, 63 * MIB, 45 * MIB + 11]) {
      const reading = startReading(shown, { start, end: start + MIB / 2 - 1 });
      expect(await media.untilEnded(reading)).toBeLessThan(3000);
      expect(equal(bytesOf(reading), file.bytes.subarray(start, start + MIB / 2))).toBe(true);
    }
    await shown.close();
    await world.until(id, 'done');
  });

  it('shows none of the bytes that a server has altered', async () => {
    const { media, world, file, mirrors, id } = await loading({ sizeBytes: 12 * MIB, pieceBytes: MIB });
    const [mirror] = mirrors;
    if (mirror) mirror.bytes = file.bytes.map((byte, at) => (at === 5 * MIB ? byte ^ 1 : byte));
    const shown = await media.open(id);
    const reading = startReading(shown, { start: 0, end: file.bytes.length - 1 });
    await world.clock.runUntil(() => world.view(id).sources[0]?.state === 'banned', 30_000);
    await world.clock.advance(5000);
    const soFar = bytesOf(reading);
    expect(soFar.length).toBeLessThanOrEqual(5 * MIB);
    expect(equal(soFar, file.bytes.subarray(0, soFar.length))).toBe(true);
  });

  it('is shown as far as it was recorded while it is paused, also after a restart', async () => {
    const { media, world, file, id } = await loading({ sizeBytes: 24 * MIB, pieceBytes: MIB });
    await world.clock.runUntil(() => world.view(id).done > 8 * MIB, 60_000);
    await media.settle(world.downloads.pause(id));
    for (const isRestarted of [false, true]) {
      if (isRestarted) await world.kill();
      const shown = await media.open(id);
      const reading = startReading(shown, { start: 100, end: 6 * MIB });
      await media.untilEnded(reading);
      expect(equal(bytesOf(reading), file.bytes.subarray(100, 6 * MIB + 1))).toBe(true);
      await shown.close();
    }
  });

  it.each([undefined, 20 * MIB])(
    'is not shown before it is whole, when its pieces have %s bytes',
    async (pieceBytes) => {
      const sizeBytes = 24 * MIB;
      const { media, world, file, id } = await loading({ sizeBytes, pieceBytes });
      await world.clock.runUntil(() => world.view(id).done > 8 * MIB, 60_000);
      await expect(media.open(id)).rejects.toMatchObject({ code: 'media.unchecked', params: { name: 'noise.wav' } });
      expect(await media.shelf.type({ kind: 'download', id })).toEqual({ type: null, mayOpen: false });
      await world.until(id, 'done');
      const reading = startReading(await media.open(id), { start: 0, end: sizeBytes - 1 });
      await media.untilEnded(reading);
      expect(equal(bytesOf(reading), file.bytes)).toBe(true);
    },
  );
});
