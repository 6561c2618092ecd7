import { opendir } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import type { DirectoryEntry } from '../engine/ports/index.ts';
import { kindOf } from './file-stats.ts';

/** Entries read or merged between two turns of the event loop: about 1 ms of work. */
const SLICE = 1000;

/** The entries of a folder, sorted by name, in slices: one folder of 100,000 entries must not hold up the event loop. */
export async function listFolder(path: string): Promise<readonly DirectoryEntry[]> {
  const runs: DirectoryEntry[][] = [];
  let run: DirectoryEntry[] = [];
  for await (const entry of await opendir(path, { bufferSize: SLICE })) {
    run.push({ name: entry.name, kind: kindOf(entry) });
    if (run.length < SLICE) continue;
    runs.push(run.sort(byName));
    run = [];
    await setImmediate();
  }
  return mergeRuns([...runs, run.sort(byName)]);
}

/** Merges neighbours until one run is left. */
async function mergeRuns(runs: readonly DirectoryEntry[][]): Promise<DirectoryEntry[]> {
  let rest = runs;
  while (rest.length > 1) {
    const merged: DirectoryEntry[][] = [];
    for (let i = 0; i < rest.length; i += 2) merged.push(await merge(rest[i] ?? [], rest[i + 1] ?? []));
    rest = merged;
  }
  return rest[0] ?? [];
}

async function merge(left: readonly DirectoryEntry[], right: readonly DirectoryEntry[]): Promise<DirectoryEntry[]> {
  const merged: DirectoryEntry[] = [];
  let fromLeft = 0;
  let fromRight = 0;
  while (fromLeft < left.length || fromRight < right.length) {
    const a = left[fromLeft];
    const b = right[fromRight];
    if (b === undefined || (a !== undefined && byName(a, b) <= 0)) {
      if (a !== undefined) merged.push(a);
      fromLeft++;
    } else {
      merged.push(b);
      fromRight++;
    }
    if (merged.length % SLICE === 0) await setImmediate();
  }
  return merged;
}

/** By UTF-16 units: the same everywhere, and far faster than a locale's order. */
function byName(a: DirectoryEntry, b: DirectoryEntry): number {
  return a.name < b.name ? -1 : Number(a.name > b.name);
}
