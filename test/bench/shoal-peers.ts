import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
export async function startPeer(data: string, ...words: readonly string[]): Promise<RunningPeer> {
  const program = new Program(process.execPath, [
    CLI,
    'peer',
    '--json',
    '--no-lan',
    '--data',
    data,
    '--listen',
    '127.0.0.1:0',
    '--supernode',
    'never',
    ...words,
  ]);
  const ready = JSON.parse(await program.line('"ready"'));
  return { program, data, node: ready.node, listen: ready.listen };
}

/** A peer that shares one folder, ready when the folder is scanned and hashed. */
export async function startSharer(data: string, folder: string, ...words: readonly string[]): Promise<RunningPeer> {
  const peer = await startPeer(data, '--share', folder, '--set', 'library.settle=0', ...words);
  await peer.program.line('"library"');
  for (;;) {
    const library = peer.program.lines.filter((line) => line.includes('"library"')).at(-1);
    if (library !== undefined && JSON.parse(library).files > 0) return peer;
    const seen = peer.program.lines.length;
    while (peer.program.lines.length === seen) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export function magnet(hash: string, name: string, size: number, sources: readonly RunningPeer[]): string {
  const xs = sources.map(({ node, listen }) => `&xs=${encodeURIComponent(`shoal://${node}@${listen}`)}`).join('');
  return `magnet:?xt=urn:tree:sha256:${hash}&dn=${name}&xl=${size}${xs}`;
}

export async function hashOf(path: string): Promise<string> {
  const program = new Program(process.execPath, [CLI, 'hash', '--json', path]);
  const { hash } = JSON.parse(await program.line('"hash"'));
  await program.ended;
  return hash;
}

export type Fetched = {
  readonly seconds: number;
  readonly peakMiB: number;
  readonly progress: readonly { readonly atMs: number; readonly done: number }[];
};

/** Downloads by a fresh peer: seconds from the answer to the command to the finished file, and the peer's peak memory. */
export async function fetchByShoal(folder: string, link: string): Promise<Fetched> {
  const peer = await startPeer(
    join(folder, 'data'),
    '--downloads',
    join(folder, 'downloads'),
    '--set',
    'downloads.share=off',
  );
  try {
    const get = new Program(process.execPath, [CLI, 'get', link, '--wait', '--json', '--data', peer.data]);
    const progress: { atMs: number; done: number }[] = [];
    await get.line('"added"');
    const startMs = performance.now();
    for (let seen = 1; ; seen++) {
      while (get.lines.length <= seen && get.process.exitCode === null)
        await new Promise((resolve) => setTimeout(resolve, 2));
      const line = get.lines[seen];
      if (line === undefined) throw new Error('the download did not end');
      const event = JSON.parse(line);
      if (event.event === 'progress') progress.push({ atMs: performance.now() - startMs, done: event.done });
      if (event.event === 'failed') throw new Error(`the download failed: ${event.code}`);
      if (event.event === 'done') break;
    }
    const seconds = (performance.now() - startMs) / 1000;
    const peakMiB = peer.program.peakMiB() ?? Number.NaN;
    await get.ended;
    return { seconds, peakMiB, progress };
  } finally {
    await peer.program.stop();
  }
}
