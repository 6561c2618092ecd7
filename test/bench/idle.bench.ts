import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { inFolder } from './bench-folder.ts';
import { Program } from './programs.ts';
import { type RunningPeer, startPeer } from './shoal-peers.ts';
import { atMost, type BenchReport, measureInTurns, medianOf } from './support.ts';

/** After it a peer that nobody uses has taken its role (10 s) and given back what starting took (platform/heap-compactor.ts). */
const REST_MS = 20_000;
const FILES = 200;
/** The runtime alone, as still as a peer at rest. */
const BARE = 'setInterval(() => {}, 1000); console.log("ready")';

type Measured = { readonly readyMs: number; readonly MiB: number };

/** A built headless peer that nobody uses: time to ready, and resident memory at rest; beside it the bare runtime. */
export function run(): Promise<BenchReport> {
  return inFolder(async (folder) => {
    const shared = join(folder, 'shared');
    await writeFiles(shared);
    const parent = await startPeer(join(folder, 'parent'), '--supernode', 'always');
    const invitation = `shoal://${parent.node}@${parent.listen}`;
    const measured = (name: string, ...words: readonly string[]) =>
      atRest(() => startPeer(join(folder, name), '--downloads', join(folder, `${name}-downloads`), ...words));
    const sharing = () => measured('child', '--share', shared, '--bootstrap', invitation);
    try {
      const results = await measureInTurns({
        bare: () => atRest(startBare, 1000),
        alone: () => measured('alone', '--supernode', 'auto'),
        'with parent and 200 files': sharing,
      });
      // The goals are for a peer that has just been installed; what a parent and files add is measured, not bounded.
      const goals = [
        atMost('memory alone, MiB', medianOf(results, 'alone', 'MiB'), 90),
        atMost('ready alone, ms', medianOf(results, 'alone', 'readyMs'), 1000),
      ];
      return { bench: 'idle', results, goals };
    } finally {
      await parent.program.stop();
    }
  });
}

async function atRest(start: () => Promise<Pick<RunningPeer, 'program'>>, restMs = REST_MS): Promise<Measured> {
  const startMs = performance.now();
  const { program } = await start();
  const readyMs = performance.now() - startMs;
  try {
    await after(restMs);
    return { readyMs, MiB: program.residentMiB() };
  } finally {
    await program.stop();
  }
}

async function startBare(): Promise<{ readonly program: Program }> {
  const program = new Program(process.execPath, ['-e', BARE]);
  await program.line('ready');
  return { program };
}

/** Small texts, each another. */
async function writeFiles(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (let number = 1; number <= FILES; number++) {
    await writeFile(join(folder, `file ${number}.txt`), `${number} blue trains\n`.repeat(250));
  }
}
