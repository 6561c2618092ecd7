import { expect, test } from 'vitest';
import { Allowance } from '../../../src-main/engine/download/allowance.ts';
import { receivingLimit } from '../../../src-main/engine/download/receiving-limit.ts';
import { isStream } from '../../../src-main/engine/ports/is-stream.ts';
import { SeededRandom } from '../../../src-main/simulator/seeded-random.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';
import { remotePeer, UploadWorld } from '../../support/upload-world.ts';

/** Limits over any ten seconds, at every tenth of one, while connections come and go. */
const KIB = 1024;
const MIB = 2 ** 20;
const TENTH_MS = 100;
const WINDOW = 100;
const PRECISION = 0.03;

/** The furthest from the limit that any window of ten seconds is, as a share of it; `totals` are of each tenth of a second. */
function worst(totals: readonly number[], rate: number): number {
  const shares = totals.slice(WINDOW).map((total, at) => (total - (totals[at] ?? 0)) / (10 * rate));
  expect(shares.length).toBeGreaterThan(200);
  return Math.max(...shares.map((share) => Math.abs(share - 1)));
}

test.each([128 * KIB, MIB, 5 * MIB])('sending at %i bytes a second, to four readers', async (rate) => {
  const world = await UploadWorld.start({ 'upload.rate': rate, 'upload.slots': 4 });
  const { hash } = await world.share(8 * MIB, 1);
  let sent = 0;
  let isOver = false;
  const read = async (number: number) => {
    while (!isOver) {
      const { body } = await world.ask(`/content/${hash}`, {
        from: remotePeer(number),
        headers: { range: 'bytes=0-4194303' },
      });
      if (!isStream(body)) throw new Error('no stream');
      const piece = new Uint8Array(64 * KIB);
      for (let at = 0; at < body.length && !isOver; ) {
        const count = await body.read(piece.subarray(0, Math.min(piece.length, body.length - at)));
        await body.admit?.(count);
        body.sent?.(count);
        at += count;
        sent += count;
      }
      await body.close(false);
    }
  };
  const reading = [1, 2, 3, 4].map(read);
  const totals: number[] = [];
  for (let at = 0; at < 400; at++) {
    totals.push(sent);
    await world.clock.advance(TENTH_MS);
  }
  isOver = true;
  await world.clock.advance(10_000);
  await Promise.all(reading);
  await world.stop();
  expect(worst(totals, rate)).toBeLessThan(PRECISION);
});

test.each([256 * KIB, MIB, 20 * MIB])('receiving at %i bytes a second, on eight connections', async (rate) => {
  const clock = new VirtualClock();
  const random = new SeededRandom(3);
  const limit = receivingLimit(clock, () => rate);
  const over = new AbortController();
  let received = 0;
  const connect = () => {
    const wake = () => {
      const bytes = allowance.available(64 * KIB);
      if (bytes === 0) return;
      received += bytes;
      allowance.use(bytes);
      // Every now and then a connection has nothing for a while.
      clock.setTimer(random.int(100) === 0 ? 300 : 0, wake);
    };
    const allowance = new Allowance([limit], wake, over.signal);
    wake();
  };
  for (let at = 0; at < 8; at++) connect();
  const totals: number[] = [];
  for (let at = 0; at < 400; at++) {
    totals.push(received);
    await clock.advance(TENTH_MS);
  }
  over.abort();
  expect(worst(totals, rate)).toBeLessThan(PRECISION);
});
