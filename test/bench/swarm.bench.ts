import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ControlClient } from '../../src-main/headless/control-client.ts';
import { inFolder, makeBigFile } from './bench-folder.ts';
import { swarmByLibtorrent } from './rivals/libtorrent.ts';
import { type RunningPeer, startPeer, startSharer, type Wanted, wantedFile } from './shoal-peers.ts';
import { atMost, type BenchReport, measureInTurns, medianOf } from './support.ts';

const BYTES = 200 * 2 ** 20;
const RATE = 20e6;
const PEERS = 8;
const ROUNDS = 3;
/** What the seed needs to send the file once. */
const COPY_SECONDS = BYTES / RATE;

/** One seed of 20 MB/s and eight peers that begin together and know it alone: how long until the last of them has the file. */
export function run(): Promise<BenchReport> {
  return inFolder(async (folder) => {
    const shared = join(folder, 'shared');
    const file = makeBigFile(shared, 'big.bin', BYTES);
    const work = join(folder, 'work');
    const inWork = async (measure: () => Promise<number>) => {
      const seconds = await measure();
      await rm(work, { recursive: true, force: true });
      return { seconds, copies: seconds / COPY_SECONDS };
    };
    let rounds = 0;
    const results = await measureInTurns(
      {
        shoal: () =>
          inWork(async () => {
            // Anew each time: it knows nobody.
            const seed = await startSharer(join(folder, `seed${++rounds}`), shared, '--set', `upload.rate=${RATE}`);
            const seconds = await swarm(work, await wantedFile(file, BYTES, [seed]));
            await seed.program.stop();
            return seconds;
          }),
        libtorrent: () => inWork(() => swarmByLibtorrent(work, file, PEERS, RATE)),
      },
      ROUNDS,
    );
    return {
      bench: 'swarm',
      results,
      goals: [atMost('last peer, in times of one copy', medianOf(results, 'shoal', 'copies'), 1.1)],
    };
  });
}

/** Seconds until the last of eight fresh peers has the file. */
async function swarm(work: string, { hash, size, sources }: Wanted): Promise<number> {
  const peers = await Promise.all(
    Array.from({ length: PEERS }, (_, at) =>
      startPeer(join(work, `data${at}`), '--downloads', join(work, `downloads${at}`)),
    ),
  );
  const clients = await Promise.all(peers.map(({ data }) => ControlClient.connect(data)));
  try {
    const done = clients.map((client) => new Promise<void>((resolve) => client.on('download.done', () => resolve())));
    const targets = sources.map(({ node, listen }: RunningPeer) => ({ target: `shoal://${node}@${listen}` }));
    const startMs = performance.now();
    for (const client of clients) await client.command('download.add', { hash, size, name: 'f.bin', sources: targets });
    await Promise.all(done);
    return (performance.now() - startMs) / 1000;
  } finally {
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all(peers.map(({ program }) => program.stop()));
  }
}
