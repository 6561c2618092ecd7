import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ControlClient } from '../../src-main/headless/control-client.ts';
import { inFolder, makeBigFile } from './bench-folder.ts';
import { startPeer, startSharer, type Wanted, wantedFile } from './shoal-peers.ts';
import { atMost, type BenchReport, measureInTurns, medianOf } from './support.ts';

const BYTES = 400 * 2 ** 20;
const SOURCES = 4;
const RATE = 20e6;
/** What is left of the rate of one source from the middle on. */
const LEFT = 0.01;
/** The first half from all, the second from those that go on, and what the slow one still gives. */
const IDEAL_SECONDS = BYTES / 2 / (SOURCES * RATE) + BYTES / 2 / ((SOURCES - 1 + LEFT) * RATE);

/** Four sources of 20 MB/s, of which one drops to 1 % when half of the file is here: how long against what could be reached at best. */
export function run(): Promise<BenchReport> {
  return inFolder(async (folder) => {
    const shared = join(folder, 'shared');
    const file = makeBigFile(shared, 'big.bin', BYTES);
    const work = join(folder, 'work');
    const sources = await Promise.all(
      Array.from({ length: SOURCES }, (_, at) =>
        startSharer(join(folder, `source${at}`), shared, '--set', `upload.rate=${RATE}`),
      ),
    );
    const [first] = sources;
    if (!first) throw new Error('no source');
    const dropping = await ControlClient.connect(first.data);
    const wanted = await wantedFile(file, BYTES, sources);
    try {
      const results = await measureInTurns({
        shoal: async () => {
          await dropping.command('settings.set', { key: 'upload.rate', value: RATE });
          const seconds = await fetchWith(work, wanted, async () => {
            await dropping.command('settings.set', { key: 'upload.rate', value: RATE * LEFT });
          });
          await rm(work, { recursive: true, force: true });
          return { seconds, ofIdeal: seconds / IDEAL_SECONDS };
        },
      });
      const goal = atMost('time against the ideal', medianOf(results, 'shoal', 'ofIdeal'), 1.05);
      return { bench: 'tail', results, goals: [goal] };
    } finally {
      await dropping.close();
      await Promise.all(sources.map(({ program }) => program.stop()));
    }
  });
}

/** Downloads by a fresh peer; `halfWay` is called once when half of it is verified. */
async function fetchWith(work: string, { hash, size, sources }: Wanted, halfWay: () => Promise<void>): Promise<number> {
  const where = ['--downloads', join(work, 'downloads'), '--set', 'downloads.share=off'];
  const peer = await startPeer(join(work, 'data'), ...where);
  const client = await ControlClient.connect(peer.data);
  try {
    const isDone = new Promise<number>((resolve) => client.on('download.done', () => resolve(performance.now())));
    const targets = sources.map(({ node, listen }) => ({ target: `shoal://${node}@${listen}` }));
    const startMs = performance.now();
    await client.command('download.add', { hash, size, name: 'fetched.bin', sources: targets });
    while (((await client.query('downloads', {}))[0]?.done ?? 0) < size / 2) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await halfWay();
    return ((await isDone) - startMs) / 1000;
  } finally {
    await client.close();
    await peer.program.stop();
  }
}
