import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { inFolder, makeBigFile, warmPageCache } from './bench-folder.ts';
import { fetchByAria2, writeMetalink } from './rivals/aria2.ts';
import { startHttpServers } from './rivals/http-servers.ts';
import { fetchByLibtorrent } from './rivals/libtorrent.ts';
import { fetchByShoal, startSharer, wantedFile } from './shoal-peers.ts';
import { atLeast, atMost, type BenchReport, measureInTurns, medianOf } from './support.ts';

const BYTES = 2 ** 30;
const NAME = 'big.bin';

/** 1 GiB from four peers on loopback, encrypted and verified, beside aria2c (four plain HTTP servers, pieces checked) and libtorrent (3 seeds). */
export function run(): Promise<BenchReport> {
  return inFolder(async (folder) => {
    const shared = join(folder, 'shared');
    const file = makeBigFile(shared, NAME, BYTES);
    const servers = await startHttpServers(join(folder, 'nginx'), shared, 18_080);
    const metalink = join(folder, 'big.meta4');
    writeMetalink(metalink, file, servers.urls(NAME));
    const peers = await Promise.all([1, 2, 3, 4].map((number) => startSharer(join(folder, `peer${number}`), shared)));
    const wanted = await wantedFile(file, BYTES, peers);
    const work = join(folder, 'work');
    const warmUp = () => warmPageCache(work, BYTES);
    const warmed = <T>(run: () => T): T => {
      warmUp();
      return run();
    };
    const measured = async (fetched: Promise<{ seconds: number; peakMiB: number }>) => {
      const { seconds, peakMiB } = await fetched;
      await rm(work, { recursive: true, force: true });
      return { MBps: BYTES / 1e6 / seconds, peakMiB };
    };
    try {
      const results = await measureInTurns({
        shoal: () => measured(fetchByShoal(work, wanted, { warmUp })),
        aria2c: () => measured(warmed(() => fetchByAria2(work, metalink))),
        libtorrent: () => measured(warmed(() => fetchByLibtorrent(work, file, [0, 0, 0]))),
      });
      const ratio = medianOf(results, 'shoal', 'MBps') / medianOf(results, 'aria2c', 'MBps');
      return {
        bench: 'download',
        results,
        goals: [
          atLeast('speed against aria2c with piece hashes', ratio, 1.5),
          atMost('peak memory of the downloader, MiB', medianOf(results, 'shoal', 'peakMiB'), 200),
        ],
      };
    } finally {
      await Promise.all([servers.stop(), ...peers.map(({ program }) => program.stop())]);
    }
  });
}
