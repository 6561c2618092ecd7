import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ControlClient } from '../../src-main/headless/control-client.ts';
import { inFolder, makeBigFile, warmPageCache } from './bench-folder.ts';
import { fetchByAria2, writeMetalink } from './rivals/aria2.ts';
import { startHttpServers } from './rivals/http-servers.ts';
import { startPeer } from './shoal-peers.ts';
import { atMost, type BenchReport, type Measure, measureInTurns, medianOf } from './support.ts';

const BYTES = 384 * 2 ** 20;
const NAME = 'big.bin';
const MIRRORS = [1, 2];

/** 384 MiB from web servers alone, by a list with SHA-256 of the file and of its pieces, beside aria2c with the same list. */
export function run(): Promise<BenchReport> {
  return inFolder(async (folder) => {
    const root = join(folder, 'root');
    const file = makeBigFile(root, NAME, BYTES);
    const servers = await startHttpServers(join(folder, 'nginx'), root, 18_090);
    const work = join(folder, 'work');
    const measured = async (fetched: Promise<{ seconds: number; peakMiB: number }>) => {
      const { seconds, peakMiB } = await fetched;
      await rm(work, { recursive: true, force: true });
      return { seconds, peakMiB };
    };
    const programs: Record<string, Measure> = {};
    for (const mirrors of MIRRORS) {
      const list = join(folder, `${mirrors}.meta4`);
      writeMetalink(list, file, servers.urls(NAME).slice(0, mirrors));
      programs[shoalWith(mirrors)] = () => measured(fetchList(work, list));
      programs[aria2With(mirrors)] = () => {
        warmPageCache(work, BYTES);
        return measured(fetchByAria2(work, list));
      };
    }
    try {
      const results = await measureInTurns(programs, 3);
      const secondsOf = (program: string) => medianOf(results, program, 'seconds');
      const goals = MIRRORS.flatMap((mirrors) => [
        atMost(
          `time against aria2c, mirrors: ${mirrors}`,
          secondsOf(shoalWith(mirrors)) / secondsOf(aria2With(mirrors)),
          1.3,
        ),
        atMost(`peak memory, MiB, mirrors: ${mirrors}`, medianOf(results, shoalWith(mirrors), 'peakMiB'), 200),
      ]);
      return { bench: 'web', results, goals };
    } finally {
      await servers.stop();
    }
  });
}

const shoalWith = (mirrors: number) => `shoal, mirrors: ${mirrors}`;
const aria2With = (mirrors: number) => `aria2c, mirrors: ${mirrors}`;

/** Downloads what a list names by a fresh peer: seconds from the command to the finished file, which is shared then, and the peer's peak memory. */
async function fetchList(folder: string, list: string): Promise<{ seconds: number; peakMiB: number }> {
  const peer = await startPeer(join(folder, 'data'), '--downloads', join(folder, 'downloads'));
  const client = await ControlClient.connect(peer.data);
  try {
    warmPageCache(folder, BYTES);
    const xml = readFileSync(list, 'utf8');
    const isDone = new Promise<number>((resolve) => client.on('download.done', () => resolve(performance.now())));
    const startMs = performance.now();
    await client.command('list.import', { xml, local: true });
    const seconds = ((await isDone) - startMs) / 1000;
    return { seconds, peakMiB: peer.program.peakMiB() ?? Number.NaN };
  } finally {
    await client.close();
    await peer.program.stop();
  }
}
