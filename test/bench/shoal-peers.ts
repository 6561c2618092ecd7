import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ContentHash } from '../../src-main/contract/ids.ts';
import { ControlClient } from '../../src-main/headless/control-client.ts';
import { Program } from './programs.ts';

/** The built program: `npm run build` comes first. */
export const CLI = fileURLToPath(new URL('../../out/main/cli.js', import.meta.url));

export type RunningPeer = {
  readonly program: Program;
  readonly data: string;
  readonly node: string;
  readonly listen: string;
};

/** Starts a headless peer on loopback. */
export const startPeer = (data: string, ...words: readonly string[]): Promise<RunningPeer> =>
  startPeerBy({ flags: [] }, data, words);

/** Options of Node, and what stands in its environment beside what stands in ours. */
export type Runtime = { readonly flags: readonly string[]; readonly environment?: Readonly<Record<string, string>> };

/** The same by a runtime of its own. */
export async function startPeerBy(
  { flags, environment }: Runtime,
  data: string,
  words: readonly string[],
): Promise<RunningPeer> {
  const where = ['--json', '--no-lan', '--data', data, '--listen', '127.0.0.1:0', '--supernode', 'never'];
  const program = new Program(process.execPath, [...flags, CLI, 'peer', ...where, ...words], environment);
  const ready = JSON.parse(await program.line('"ready"'));
  return { program, data, node: ready.node, listen: ready.listen };
}

/** A peer that shares one folder, ready when the folder is scanned and hashed. */
export async function startSharer(data: string, folder: string, ...words: readonly string[]): Promise<RunningPeer> {
  const peer = await startPeer(data, '--share', folder, '--set', 'library.settle=0', ...words);
  const library = JSON.parse(await peer.program.line('"library"'));
  if (library.files === 0) throw new Error('nothing is shared');
  return peer;
}

export type Wanted = {
  readonly hash: ContentHash;
  readonly size: number;
  readonly sources: readonly RunningPeer[];
};

export async function wantedFile(path: string, size: number, sources: readonly RunningPeer[]): Promise<Wanted> {
  const program = new Program(process.execPath, [CLI, 'hash', '--json', path]);
  const { hash } = JSON.parse(await program.line('"hash"'));
  await program.ended;
  return { hash, size, sources };
}

export type Fetched = {
  readonly seconds: number;
  readonly peakMiB: number;
  /** From 99 % of the bytes verified to all. */
  readonly lastPercentSeconds: number;
  /** From there to the end: made durable, and given its name. */
  readonly finishSeconds: number;
};
type FetchOptions = {
  /** Called when the peer runs, before the download is added. */
  readonly warmUp: () => void;
  /** How often the progress is asked for the time of the last percent; without it nothing is asked. */
  readonly pollMs?: number;
};

/** Downloads by a fresh peer: seconds from the command to the finished file, and the peer's peak memory. */
export async function fetchByShoal(
  folder: string,
  { hash, size, sources }: Wanted,
  options: FetchOptions,
): Promise<Fetched> {
  const downloads = join(folder, 'downloads');
  const peer = await startPeer(join(folder, 'data'), '--downloads', downloads, '--set', 'downloads.share=off');
  const client = await ControlClient.connect(peer.data);
  try {
    options.warmUp();
    const isDone = new Promise<number>((resolve) => client.on('download.done', () => resolve(performance.now())));
    const startMs = performance.now();
    const targets = sources.map(({ node, listen }) => ({ target: `shoal://${node}@${listen}` }));
    await client.command('download.add', { hash, size, name: 'fetched.bin', sources: targets });
    const { pollMs } = options;
    const reached = (bytes: number) => (pollMs === undefined ? Number.NaN : untilVerified(client, bytes, pollMs));
    const percentMs = await reached(0.99 * size);
    const wholeMs = await reached(size);
    const endMs = await isDone;
    return {
      seconds: (endMs - startMs) / 1000,
      peakMiB: peer.program.peakMiB() ?? Number.NaN,
      lastPercentSeconds: (wholeMs - percentMs) / 1000,
      finishSeconds: (endMs - wholeMs) / 1000,
    };
  } finally {
    await client.close();
    await peer.program.stop();
  }
}

/** The moment when that many bytes are verified. */
async function untilVerified(client: ControlClient, bytes: number, pollMs: number): Promise<number> {
  for (;;) {
    const [download] = await client.query('downloads', {});
    if (download && download.done >= bytes) return performance.now();
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
