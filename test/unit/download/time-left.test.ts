import { describe, expect, it, onTestFinished } from 'vitest';
import type { DownloadId } from '../../../src-main/contract/ids.ts';
import type { OutgoingResponse } from '../../../src-main/engine/ports/index.ts';
import { DownloadWorld, HOST, makeFile } from '../../support/download-world.ts';
import type { ScriptedSource } from '../../support/scripted-source.ts';

const KIB = 2 ** 10;
const MIB = 2 ** 20;
/** From this second on what a face shows is asked to be true. */
const FROM_SECOND = 5;
const SEEDS = [1, 3, 5];

type Told = { readonly id: DownloadId; readonly atMs: number; readonly seconds: number | null };

/** Fractions of the time that was really left by which what was told was wrong, one for each second of each download. */
async function errorsUntilDone(world: DownloadWorld, ids: readonly DownloadId[]): Promise<number[]> {
  const told: Told[] = [];
  const ends = new Map<DownloadId, number>();
  let seen = 0;
  const startedMs = world.clock.monotonicMs();
  for (let second = 0; ends.size < ids.length && second < 600; second++) {
    for (const id of ids) {
      const { state, etaSeconds } = world.view(id);
      if (state === 'done' || second < FROM_SECOND) continue;
      told.push({ id, atMs: world.clock.monotonicMs(), seconds: etaSeconds });
    }
    await world.clock.runUntil(() => {
      for (; seen < world.events.length; seen++)
        for (const id of ids) if (world.events[seen] === `done ${id}`) ends.set(id, world.clock.monotonicMs());
      return world.clock.monotonicMs() >= startedMs + 1000 * (second + 1);
    }, 2000);
  }
  expect(ends.size).toBe(ids.length);
  return told.map(({ id, atMs, seconds }) => {
    const left = ((ends.get(id) ?? 0) - atMs) / 1000;
    return seconds === null ? Number.POSITIVE_INFINITY : Math.abs(seconds - left) / left;
  });
}

/** A slot is given at the first poll after `waitMs`; until then the queue says how long it will last. */
function queueFor(world: DownloadWorld, source: ScriptedSource, waitMs: number): void {
  const untilMs = world.clock.monotonicMs() + waitMs;
  source.script.answer = ({ path, method }): OutgoingResponse | undefined => {
    const leftMs = untilMs - world.clock.monotonicMs();
    if (leftMs <= 0 || method === 'HEAD' || !/^\/content\/[^/]*$/.test(path)) return undefined;
    const eta = Math.ceil(leftMs / 1000);
    const retry = String(Math.max(1, Math.min(eta, Math.ceil(eta / 3) + 2)));
    return { status: 503, headers: { 'retry-after': retry, 'x-queue': `position=2, length=4, eta=${eta}` } };
  };
}

type Case = (world: DownloadWorld, seed: number) => Promise<readonly DownloadId[]>;
const vary = (seed: number, low: number, high: number): number => low + ((seed * 37) % 11) * ((high - low) / 10);

const CASES: Readonly<Record<string, Case>> = {
  'sources of different rates': async (world, seed) => {
    const file = makeFile(30 * MIB, seed);
    const rates = [150, 400, 900].map((rate) => vary(seed, rate / 2, rate) * KIB);
    return [await world.add(file, await Promise.all(rates.map((rate) => world.source(file, rate))))];
  },
  'rates that change each second': async (world, seed) => {
    const file = makeFile(30 * MIB, seed);
    const sources = await Promise.all([400, 700].map((rate) => world.source(file, rate * KIB)));
    const change = (): void => {
      for (const [at, { peer }] of sources.entries()) {
        const bytesPerSecond = [400, 700][at]! * KIB * (0.5 + world.random.float());
        world.network.setLink(HOST, peer.host, { latencyMs: 5, bytesPerSecond });
      }
      timer = world.clock.setTimer(1000, change);
    };
    let timer = world.clock.setTimer(1000, change);
    onTestFinished(() => timer.cancel());
    return [await world.add(file, sources)];
  },
  'a limit of all, two at once': async (world, seed) => {
    world.set({ 'download.rate': Math.round(vary(seed, 600, 1200) * KIB) });
    const files = [makeFile(10 * MIB, seed), makeFile(22 * MIB, seed + 100)];
    return Promise.all(files.map(async (file) => world.add(file, [await world.source(file, 2 * MIB)])));
  },
  'a source that drops out': async (world, seed) => {
    const file = makeFile(30 * MIB, seed);
    const [good, other] = [await world.source(file, vary(seed, 500, 900) * KIB), await world.source(file, 300 * KIB)];
    const timer = world.clock.setTimer(vary(seed, 6000, 15_000), () => world.network.kill(other.peer));
    onTestFinished(() => timer.cancel());
    return [await world.add(file, [good, other])];
  },
  'a place in the queue of the only source': async (world, seed) => {
    const file = makeFile(20 * MIB, seed);
    const first = makeFile(6 * MIB, seed + 100);
    const source = await world.source(file, vary(seed, 500, 900) * KIB);
    const other = await world.source(first, 700 * KIB);
    queueFor(world, source, vary(seed, 20_000, 60_000));
    return [await world.add(file, [source]), await world.add(first, [other])];
  },
  'a queue beside a slow source': async (world, seed) => {
    const file = makeFile(24 * MIB, seed);
    const [slow, queued] = [await world.source(file, 400 * KIB), await world.source(file, vary(seed, 300, 600) * KIB)];
    queueFor(world, queued, vary(seed, 10_000, 25_000));
    return [await world.add(file, [slow, queued])];
  },
  'a line of downloads': async (world, seed) => {
    world.set({ 'download.running': 1 });
    const files = [0, 1, 2, 3].map((at) => makeFile((6 + at * 3) * MIB, seed + 100 * at));
    const ids: DownloadId[] = [];
    for (const file of files) ids.push(await world.add(file, [await world.source(file, vary(seed, 600, 800) * KIB)]));
    return ids;
  },
};

describe('the time left of a download', () => {
  it('is within a fifth of the truth at four of five seconds, in every kind of case', async () => {
    const shares: Record<string, number> = {};
    let [right, all] = [0, 0];
    for (const [name, start] of Object.entries(CASES)) {
      const errors: number[] = [];
      for (const seed of SEEDS) {
        const world = await DownloadWorld.start(seed);
        errors.push(...(await errorsUntilDone(world, await start(world, seed))));
        await world.downloads.stop();
      }
      const good = errors.filter((error) => error <= 0.2).length;
      shares[name] = Math.round((100 * good) / errors.length);
      [right, all] = [right + good, all + errors.length];
    }
    console.info(
      'time left right within 20 %, per cent of seconds:',
      shares,
      Math.round((100 * right) / all),
      'of all',
      all,
    );
    expect(right / all).toBeGreaterThanOrEqual(0.8);
    for (const [name, share] of Object.entries(shares)) expect(share, name).toBeGreaterThanOrEqual(70);
  }, 180_000);
});
