import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, freemem, loadavg } from 'node:os';
import type { Machine, MachineState } from '../engine/ports/index.ts';

/** This machine, as its system tells of it: /proc on Linux, what Node knows elsewhere. */
export class SystemMachine implements Machine {
  read(): MachineState {
    return {
      freeMemory: availableMemory() ?? freemem(),
      freeDescriptors: freeDescriptors(),
      // Windows has no load average and gives zeros, which say nothing.
      processorUse:
        process.platform === 'win32' ? undefined : Math.min(1, (loadavg()[0] ?? 0) / availableParallelism()),
    };
  }
}

/** Free memory without what the system only keeps as a cache (proc(5), MemAvailable); bytes. */
function availableMemory(): number | undefined {
  const kilobytes = /^MemAvailable:\s+(\d+) kB$/m.exec(readText('/proc/meminfo'))?.[1];
  return kilobytes === undefined ? undefined : 1024 * Number(kilobytes);
}

function freeDescriptors(): number | undefined {
  const limit = /^Max open files\s+(\d+)/m.exec(readText('/proc/self/limits'))?.[1];
  if (limit === undefined) return undefined;
  try {
    return Number(limit) - readdirSync('/proc/self/fd').length;
  } catch {
    // No /proc, or none left to look with: the second is a shortage, and the first says nothing.
    return undefined;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Systems without /proc.
    return '';
  }
}
