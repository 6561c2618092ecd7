import { readdirSync, readFileSync } from 'node:fs';

/** What this process takes of its machine; null where the system does not tell. */
export type ProcessFacts = {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
  /** Seconds since 1970. */
  readonly startedSeconds: number;
  readonly openDescriptors: number | null;
  readonly maxDescriptors: number | null;
};

export function readProcess(): ProcessFacts {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    cpuSeconds: (user + system) / 1e6,
    residentBytes: rss,
    heapBytes: heapUsed,
    startedSeconds: performance.timeOrigin / 1000,
    openDescriptors: orNull(() => readdirSync('/proc/self/fd').length - 1),
    maxDescriptors: orNull(() =>
      Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1] ?? Number.NaN),
    ),
  };
}

/** `/proc` is made by the kernel: reading it waits for no disk. Only Linux has it. */
function orNull(read: () => number): number | null {
  try {
    const value = read();
    return Number.isNaN(value) ? null : value;
  } catch {
    // Another system: it does not tell.
    return null;
  }
}
