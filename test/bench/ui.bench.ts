import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import type { ContentHash, NodeId, SearchId } from '../../src-main/contract/ids.ts';
import { CLEAN } from '../../src-main/contract/pollution.ts';
import type { SearchResult } from '../../src-main/contract/search.ts';
import { openBrowser } from '../support/browser.ts';
import { inFolder } from './bench-folder.ts';
import { FloodingPeer } from './flooding-peer.ts';
import { atLeast, atMost, type BenchReport, measureInTurns, medianOf } from './support.ts';

const RENDERER = join(import.meta.dirname, '../../out/renderer');
const HITS = 10_000;
const STREAM_MS = 5000;
const SEARCH = 'a'.repeat(32) as SearchId;
const ROUNDS = 3;

/** The built page in a real browser: first paint, the frames and the memory while 10,000 hits arrive, and the size of its main bundle. */
export function run(): Promise<BenchReport> {
  return inFolder(async (folder) => {
    const peer = await FloodingPeer.start(join(folder, 'peer'), SEARCH);
    const browser = await openBrowser();
    try {
      const blank = () => measureBlank(browser);
      return report(await measureInTurns({ blank, page: () => measurePage(browser, peer) }, ROUNDS));
    } finally {
      await browser.close();
      await peer.stop();
    }
  });
}

function report(results: BenchReport['results']): BenchReport {
  const bundle = mainBundleKilobytes();
  const page = (metric: string) => medianOf(results, 'page', metric);
  return {
    bench: 'ui',
    results: { ...results, bundle: { 'main, gzipped kB': { median: bundle, min: bundle, max: bundle } } },
    goals: [
      atMost('first paint, ms', page('first paint, ms'), 1000),
      atLeast('frames a second', page('frames a second'), 50),
      atLeast('frames a second, worst second', page('frames a second, worst second'), 50),
      atMost('page memory, MiB', page('page memory, MiB'), 300),
      atMost('main bundle, gzipped kB', bundle, 500),
    ],
  };
}

/** An empty page's frames: what this machine can draw at all. */
async function measureBlank(browser: Browser): Promise<Record<string, number>> {
  const page = await browser.newPage();
  try {
    await page.goto('about:blank');
    return frameRates(await recordFrames(page, () => after(STREAM_MS)));
  } finally {
    await page.close();
  }
}

async function measurePage(browser: Browser, peer: FloodingPeer): Promise<Record<string, number>> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  try {
    await page.goto(peer.newAddress());
    await page.getByRole('searchbox').first().waitFor();
    // Again with the cookie: what a user sees who opens it.
    await page.reload();
    await page.getByRole('searchbox').first().waitFor();
    const firstPaintMs = await page.evaluate(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.POSITIVE_INFINITY,
    );
    const box = page.getByRole('searchbox').first();
    const hits = makeHits();
    await box.fill('reef');
    const frames = await recordFrames(page, async () => {
      await box.press('Enter');
      await peer.stream(SEARCH, hits, STREAM_MS);
    });
    await page
      .getByText(/10[,.]?000/)
      .first()
      .waitFor();
    const memory = await pageMemoryMiB(browser);
    return { 'first paint, ms': firstPaintMs, ...frameRates(frames), 'page memory, MiB': memory };
  } finally {
    await context.close();
  }
}

/** When each frame was drawn while `task` ran, ms. */
async function recordFrames(page: Page, task: () => Promise<unknown>): Promise<readonly number[]> {
  await page.evaluate(() => {
    const recorder = window as unknown as { frameTimes: number[]; isRecording: boolean };
    recorder.frameTimes = [];
    recorder.isRecording = true;
    const record = (time: number) => {
      recorder.frameTimes.push(time);
      if (recorder.isRecording) requestAnimationFrame(record);
    };
    requestAnimationFrame(record);
  });
  await task();
  return page.evaluate(() => {
    const recorder = window as unknown as { frameTimes: number[]; isRecording: boolean };
    recorder.isRecording = false;
    return recorder.frameTimes;
  });
}

function frameRates(times: readonly number[]): Record<string, number> {
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  const seconds: number[] = [];
  for (let start = first; start + 1000 <= last; start += 1000) {
    seconds.push(times.filter((time) => time >= start && time < start + 1000).length);
  }
  const longest = Math.max(...times.slice(1).map((time, index) => time - (times[index] ?? time)));
  return {
    'frames a second': ((times.length - 1) * 1000) / (last - first),
    'frames a second, worst second': Math.min(...seconds),
    'longest frame, ms': longest,
  };
}

/** What the process of the page has for itself: scripts, documents, pictures of what is drawn. */
async function pageMemoryMiB(browser: Browser): Promise<number> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const sizes = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => privateMiB(id));
  // Others may be kept warm for pages to come.
  return Math.max(...sizes);
}

function privateMiB(pid: number): number {
  const lines = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').matchAll(/^Private_\w+:\s+(\d+) kB$/gm);
  return [...lines].reduce((sum, [, kilobytes]) => sum + Number(kilobytes), 0) / 1024;
}

function mainBundleKilobytes(): number {
  const assets = join(RENDERER, 'assets');
  const index = readFileSync(join(RENDERER, 'index.html'), 'utf8');
  const loaded = readdirSync(assets).filter((name) => /\.(js|css)$/.test(name) && index.includes(name));
  const bytes = loaded.reduce((sum, name) => sum + gzipSync(readFileSync(join(assets, name))).byteLength, 0);
  return Math.round(bytes / 100) / 10;
}

const hex = (number: number, digits: number) => number.toString(16).padStart(digits, '0');

/** Results as a peer would give them, each with some sources; half of a real name's length more than usual. */
function makeHits(): SearchResult[] {
  return Array.from({ length: HITS }, (_, number) => ({
    hash: hex(number + 1, 64) as ContentHash,
    size: 1_000_000 + number * 7919,
    name: `reef recording ${number}, a dive at night with some of the longer words that people use.flac`,
    otherNames: number % 3 === 0 ? [`reef ${number}.flac`] : [],
    type: number % 4 === 0 ? ('video' as const) : ('audio' as const),
    extracted: {
      title: `Dive ${number}`,
      artist: 'The Silversides',
      durationSeconds: 60 + (number % 600),
      bitrateKbps: 320,
    },
    sources: Array.from({ length: 1 + (number % 4) }, (_source, source) => ({
      nodeId: hex((number * 4 + source) % 3000, 64) as NodeId,
      addresses: [{ host: '127.0.0.1', port: 1214 + source }],
      freeSlots: source,
      queueLength: 2,
      rateBps: 100_000,
    })),
    wave: Math.floor(number / 1000),
    namedBy: [hex(1, 64) as NodeId],
    rank: { nameMatch: (number % 100) / 100, availability: 0.5, agreement: 0.5, total: (number % 1000) / 1000 },
    pollution: CLEAN,
  }));
}
