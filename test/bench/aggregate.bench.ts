import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inFolder, makeBigFile, warmPageCache } from './bench-folder.ts';
import { Program } from './programs.ts';
import { fetchByAria2, writeMetalink } from './rivals/aria2.ts';
import { fetchByLibtorrent } from './rivals/libtorrent.ts';
import { fetchByShoal, startSharer, wantedFile } from './shoal-peers.ts';
import { atLeast, atMost, type BenchReport, measureInTurns, medianOf } from './support.ts';

const BYTES = 2 ** 30;
const NAME = 'big.bin';
const RATES = [5e6, 10e6, 25e6, 60e6];
const SUM = RATES.reduce((sum, rate) => sum + rate, 0);
/** 1 % of the file at the sum of the rates. */
const PERCENT_SECONDS = BYTES / 100 / SUM;
const LIMITED_SERVER = fileURLToPath(new URL('rivals/limited-server.ts', import.meta.url));

/** Four sources limited to 5, 10, 25 and 60 MB/s: how near a download comes to their sum, and how long its end takes. */
export function run(): Promise<BenchReport> {
  return inFolder(async (folder) => {
    const shared = join(folder, 'shared');
    const file = makeBigFile(shared, NAME, BYTES);
    const work = join(folder, 'work');
    const warmUp = () => warmPageCache(work, BYTES);
    const servers = await Promise.all(RATES.map((rate, index) => startLimited(`127.0.0.${index + 1}`, shared, rate)));
    const metalink = join(folder, 'big.meta4');
    writeMetalink(
      metalink,
      file,
      RATES.map((_, index) => `http://127.0.0.${index + 1}:18081/${NAME}`),
    );
    const peers = await Promise.all(
      RATES.map((rate, index) => startSharer(join(folder, `peer${index}`), shared, '--set', `upload.rate=${rate}`)),
    );
    const wanted = await wantedFile(file, BYTES, peers);
    const share = async ({ seconds }: { readonly seconds: number }) => {
      await rm(work, { recursive: true, force: true });
      return { shareOfSum: BYTES / seconds / SUM };
    };
    try {
      const results = await measureInTurns({
        shoal: async () => {
          const fetched = await fetchByShoal(work, wanted, { warmUp, pollMs: 5 });
          return {
            ...(await share(fetched)),
            lastPercentOfItsShare: fetched.lastPercentSeconds / PERCENT_SECONDS,
            finishSeconds: fetched.finishSeconds,
          };
        },
        aria2c: async () => share(await fetchByAria2(work, metalink)),
        libtorrent: async () => share(await fetchByLibtorrent(work, file, RATES)),
      });
      return {
        bench: 'aggregate',
        results,
        goals: [
          atLeast('share of the sum of the rates', medianOf(results, 'shoal', 'shareOfSum'), 0.98),
          atMost('last 1 % against its share of the time', medianOf(results, 'shoal', 'lastPercentOfItsShare'), 1.5),
        ],
      };
    } finally {
      await Promise.all([...servers, ...peers.map(({ program }) => program)].map((program) => program.stop()));
    }
  });
}

async function startLimited(host: string, root: string, rate: number): Promise<Program> {
  const server = new Program(process.execPath, [LIMITED_SERVER, host, '18081', root, String(rate)]);
  await server.line('listening');
  return server;
}
