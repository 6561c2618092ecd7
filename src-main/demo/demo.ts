import type { Events } from '../contract/api.ts';
import { AppError } from '../contract/errors.ts';
import { type ContentHash, type DownloadId, isNodeId } from '../contract/ids.ts';
import type { SearchResult } from '../contract/search.ts';
import type { DownloadView } from '../contract/transfer.ts';
import type { DemoDeps, DemoPeer } from './demo-deps.ts';
import { DemoNetwork, LONG_SOUND, SHARED_COPIES } from './demo-network.ts';
import { countSources, runSearch, showSize, sleep } from './demo-steps.ts';

/** Longer than the play takes on a slow machine. */
const GIVE_UP_AFTER_MS = 55_000;
const SOURCES = 4;

/**
 * Plays the main job on a network of its own, then keeps a page open on it until the user leaves, when one is wanted; removes all of it
 * in every case. Fails with the first thing that is not as it should be.
 */
export async function runDemo(deps: DemoDeps): Promise<void> {
  const signal = AbortSignal.any([deps.stage.interrupted, AbortSignal.timeout(GIVE_UP_AFTER_MS)]);
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(toReason(deps.stage.interrupted)), { once: true });
  });
  const network = new DemoNetwork(deps);
  const play = playAll(deps, network, signal);
  try {
    await Promise.race([play, stopped]);
    await stayOpen(deps, network);
  } finally {
    await play.catch(() => undefined);
    await network.stop();
    deps.stage.say('everything of the demo is removed');
  }
}

async function stayOpen({ openFace, stage }: DemoDeps, network: DemoNetwork): Promise<void> {
  if (!openFace) return;
  const face = await openFace(await network.guestOptions());
  try {
    stage.say(`6. Look yourself: open ${face.address} in a browser of this machine; Ctrl-C ends the demo`, {
      web: face.address,
    });
    await new Promise<void>((resolve) => {
      if (stage.interrupted.aborted) resolve();
      stage.interrupted.addEventListener('abort', () => resolve(), { once: true });
    });
  } finally {
    await face.stop();
  }
}

const toReason = (interrupted: AbortSignal): AppError =>
  new AppError('demo.failed', { why: interrupted.aborted ? 'it was interrupted' : 'it took too long' });

async function playAll(deps: DemoDeps, network: DemoNetwork, signal: AbortSignal): Promise<void> {
  const { stage } = deps;
  stage.say('1. Share: two supernodes and six peers start on this machine and share files made on the spot');
  await network.start();
  const { hash, size } = await deps.hashFile(network.original);
  await untilIndexed(network.searcher, signal);
  await search(deps, network.searcher, signal);
  const download = await fetchFile(deps, network, { hash, size, signal });
  const got = await deps.hashFile(download.path);
  if (got.hash !== hash || got.size !== size) throw new AppError('content.bad-bytes');
  stage.say(`5. The file is complete and its ContentHash is the one searched for: ${hash}`, { hash, size });
}

/** Files are found once they were scanned, hashed and told to a supernode. */
async function untilIndexed(searcher: DemoPeer, signal: AbortSignal): Promise<void> {
  for (;;) {
    const { results } = await runSearch(searcher, { words: 'reef' }, signal).catch((error) => {
      if (error instanceof AppError && error.code === 'search.no-supernode') return { results: [] };
      throw error;
    });
    if (results.reduce((sum, { sources }) => sum + sources.length, 0) >= SHARED_COPIES) return;
    await sleep(LOOK_EVERY_MS, signal);
  }
}
const LOOK_EVERY_MS = 250;

async function search({ stage }: DemoDeps, searcher: DemoPeer, signal: AbortSignal): Promise<void> {
  stage.say('2. Search: Finn looks for "reef"');
  const { waves, results } = await runSearch(searcher, { words: 'reef' }, signal);
  for (const { wave, asked, answered } of waves) {
    const own = results.filter((result) => result.wave === wave);
    stage.say(`   wave ${wave}: ${answered} of ${asked} supernodes answered, ${own.length} new results`, { wave });
    for (const result of own)
      stage.say(`     ${describe(result)}`, { name: result.name, sources: result.sources.length });
  }
}

const describe = ({ name, size, type, sources, extracted }: SearchResult): string =>
  `${name}, ${type}, ${showSize(size)}, ${countSources(sources.length)}${extracted.artist ? `, by ${extracted.artist}` : ''}`;

type Wanted = { readonly hash: ContentHash; readonly size: number; readonly signal: AbortSignal };

async function fetchFile(
  deps: DemoDeps,
  network: DemoNetwork,
  { hash, size, signal }: Wanted,
): Promise<Events['download.done']> {
  const { stage } = deps;
  const { searcher } = network;
  signal.throwIfAborted();
  stage.say(`3. Download: Finn fetches ${LONG_SOUND} from ${SOURCES} sources at once`);
  const ended = Promise.withResolvers<Events['download.done']>();
  const drama = new Drama(deps, network);
  const offs = [
    searcher.on('download.progress', (download) => void drama.watch(download).catch(ended.reject)),
    searcher.on('download.done', ended.resolve),
    searcher.on('download.failed', ({ code }) => ended.reject(new AppError(code))),
  ];
  const abort = () => ended.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    const { id } = await searcher.command('download.add', { hash, size, name: LONG_SOUND });
    const done = await ended.promise;
    await drama.tellEnd(id);
    return done;
  } finally {
    signal.removeEventListener('abort', abort);
    for (const off of offs) off();
  }
}

/** What happens to the sources while the file comes in. */
class Drama {
  readonly #deps: DemoDeps;
  readonly #network: DemoNetwork;
  #isKilled = false;
  #mostActive = 0;
  readonly #toldBad = new Set<string>();

  constructor(deps: DemoDeps, network: DemoNetwork) {
    this.#deps = deps;
    this.#network = network;
  }

  async watch(download: DownloadView): Promise<void> {
    const { stage } = this.#deps;
    this.#mostActive = Math.max(this.#mostActive, download.sources.filter(({ state }) => state === 'active').length);
    this.#tellBanned(download);
    stage.progress(download);
    if (this.#isKilled || download.size === null || download.done < download.size / 2) return;
    this.#isKilled = true;
    stage.say('4. Half-way: the process of Ben is killed; the others take over what he had been asked');
    await this.#network.killBen();
  }

  async tellEnd(id: DownloadId): Promise<void> {
    const download = (await this.#network.searcher.query('downloads', {})).find((one) => one.id === id);
    if (!download) return;
    this.#tellBanned(download);
    for (const { node, bytes, state } of download.sources) {
      if (!isNodeId(node)) continue;
      const name = this.#network.nameOf(node);
      this.#deps.stage.say(`   ${name} sent ${showSize(bytes)} of verified bytes`, { name, bytes, state });
    }
    if (this.#toldBad.size === 0) throw new AppError('demo.failed', { why: 'nobody was found to send bad bytes' });
    if (!this.#isKilled) throw new AppError('demo.failed', { why: 'the download ended before a source was killed' });
    this.#deps.stage.say(`   at most ${this.#mostActive} sources sent at the same time`, { active: this.#mostActive });
  }

  #tellBanned({ sources }: DownloadView): void {
    for (const { node, state } of sources) {
      if (state !== 'banned' || !isNodeId(node) || this.#toldBad.has(node)) continue;
      this.#toldBad.add(node);
      const name = this.#network.nameOf(node);
      this.#deps.stage.say(`   ${name} sent bytes that do not match the hash: found out and banned`, {
        name,
        banned: true,
      });
    }
  }
}
