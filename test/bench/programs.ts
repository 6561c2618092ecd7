import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** A program under measurement: lines of its output as they come, its peak memory, and its end. */
export class Program {
  readonly process: ChildProcess;
  readonly lines: string[] = [];
  readonly ended: Promise<number | null>;
  #err = '';
  #waiting: (() => void)[] = [];

  constructor(command: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const env = { ...process.env, ...environment };
    this.process = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    if (!this.process.stdout || !this.process.stderr) throw new Error('no pipes');
    createInterface({ input: this.process.stdout }).on('line', (line) => {
      this.lines.push(line);
      this.#wake();
    });
    this.process.stderr.on('data', (bytes) => {
      this.#err += bytes;
    });
    this.ended = once(this.process, 'close').then(([status]) => {
      this.#wake();
      return status;
    });
  }

  /** What it said beside. */
  get err(): string {
    return this.#err;
  }

  /** The first line that contains `text`. */
  async line(text: string): Promise<string> {
    for (;;) {
      const found = this.lines.find((line) => line.includes(text));
      if (found !== undefined) return found;
      if (this.process.exitCode !== null) throw new Error(`ended without "${text}": ${this.#err}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Peak resident memory so far, MiB; undefined after its end. */
  peakMiB(): number | undefined {
    try {
      const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.process.pid}/status`, 'utf8'));
      return match ? Number(match[1]) / 1024 : undefined;
    } catch {
      // The process has just ended.
      return undefined;
    }
  }

  /** Resident memory now, pages of program files among it, MiB. */
  residentMiB(): number {
    const match = /^Rss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.process.pid}/smaps_rollup`, 'utf8'));
    if (!match) throw new Error('no resident memory is told');
    return Number(match[1]) / 1024;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) this.process.kill(signal);
    await this.ended;
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }
}

/** Runs a program to its end and gives the wall time in seconds and its peak memory in MiB (sampled every 20 ms). */
export async function timeProgram(
  command: string,
  args: readonly string[],
): Promise<{ seconds: number; peakMiB: number }> {
  const startMs = performance.now();
  const program = new Program(command, args);
  let peakMiB = 0;
  const sampler = setInterval(() => {
    peakMiB = Math.max(peakMiB, program.peakMiB() ?? 0);
  }, 20);
  const status = await program.ended;
  clearInterval(sampler);
  const seconds = (performance.now() - startMs) / 1000;
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${program.lines.slice(-5).join('\n')}`);
  return { seconds, peakMiB };
}
