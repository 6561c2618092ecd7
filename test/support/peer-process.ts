import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { isBuilt } from '../../build/built.js';

const LAUNCHER = fileURLToPath(new URL('../../build/shoal.js', import.meta.url));
const ROUTER = fileURLToPath(new URL('router-daemon.ts', import.meta.url));
const LIAR = fileURLToPath(new URL('lying-peer.ts', import.meta.url));
const BUILT = fileURLToPath(new URL('../../out/main/cli.js', import.meta.url));
/** The program as people install it starts in two thirds of the time. A build that is older than the sources is not what is to be tested. */
const PEER = isBuilt() ? BUILT : LAUNCHER;
/** What is compiled once starts sooner the next time; the launcher keeps it there too. */
export const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/shoal', import.meta.url));

export type Line = Readonly<Record<string, unknown>>;
type Wanted = { readonly afterMs?: number; readonly matches?: (line: Line) => boolean };

/** `shoal WORDS` as a process of its own. */
export class ShoalProcess {
  readonly process: ChildProcess;
  readonly lines: Line[] = [];
  /** Resolves with the exit status when all output was read; null when a signal ended it. */
  readonly status: Promise<number | null>;
  /** When each line came. */
  readonly #times = new Map<Line, number>();
  #err = '';

  /** `program`: another entry than the launcher. `before`: words of a command that runs it. */
  constructor(
    words: readonly string[],
    env: Readonly<Record<string, string>> = {},
    program = LAUNCHER,
    before: readonly string[] = [],
  ) {
    const [command = '', ...rest] = [...before, process.execPath, program, ...words];
    this.process = spawn(command, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_COMPILE_CACHE: COMPILED, ...env },
    });
    if (!this.process.stdout || !this.process.stderr) throw new Error('no pipes');
    createInterface({ input: this.process.stdout }).on('line', (line) => this.#read(toLine(line)));
    this.process.stderr.on('data', (bytes) => {
      this.#err += bytes;
    });
    this.status = once(this.process, 'close').then(([status]) => status);
    onTestFinished(() => this.kill());
  }

  get err(): string {
    return this.#err;
  }

  /** On the clock of `performance.now()`, like every time here. */
  timeOf(line: Line): number {
    return this.#times.get(line) ?? Number.NaN;
  }

  /** The first such line, as soon as it is printed; fails when the process ends before. */
  async event(name: string, { afterMs = 0, matches = () => true }: Wanted = {}): Promise<Line> {
    let ended = false;
    void this.status.then(() => {
      ended = true;
    });
    for (;;) {
      const found = this.lines.find((line) => line.event === name && this.timeOf(line) >= afterMs && matches(line));
      if (found) return found;
      if (ended) throw new Error(`ended without "${name}": ${this.#err}`);
      await Promise.race([this.status, once(this.process.stdout ?? this.process, 'data')]);
      // The line reader gets the same bytes a moment later.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Kills it at once, if it still runs. */
  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill('SIGKILL');
    await this.status;
  }

  #read(line: Line): void {
    this.#times.set(line, performance.now());
    this.lines.push(line);
  }
}

/** Text lines are kept as `{ text }`. */
function toLine(line: string): Line {
  try {
    return JSON.parse(line);
  } catch {
    // Printed for people.
    return { text: line };
  }
}

const peerWords = (data: string) => ['peer', '--json', '--no-lan', '--data', data, '--listen', '127.0.0.1:0'];

/** A peer on loopback with a free port, from the sources; `words` are further options. */
export const startPeer = (data: string, ...words: readonly string[]): ShoalProcess =>
  new ShoalProcess([...peerWords(data), ...words]);

/** The same from the build, if there is one of these sources. */
export const startBuiltPeer = (data: string, ...words: readonly string[]): ShoalProcess =>
  new ShoalProcess([...peerWords(data), ...words], {}, PEER);

/** A peer in a network namespace; `words` say where it listens. `ip` becomes the peer: signals reach it. */
export const startPeerIn = (namespace: string, data: string, ...words: readonly string[]): ShoalProcess =>
  new ShoalProcess([...peerWords(data), ...words], {}, PEER, ['ip', 'netns', 'exec', namespace]);

/** The same on loopback, whose new files have the modes that this mask leaves, as `022`. */
export const startPeerUnder = (mask: string, data: string, ...words: readonly string[]): ShoalProcess =>
  new ShoalProcess([...peerWords(data), ...words], {}, PEER, ['sh', '-c', `umask ${mask}; exec "$0" "$@"`]);

/** The same as on loopback, but it lies about the bytes of its files after the first `honestBytes`. */
export const startLyingPeer = (data: string, honestBytes: number, ...words: readonly string[]): ShoalProcess =>
  new ShoalProcess([...peerWords(data), ...words], { HONEST_BYTES: String(honestBytes) }, LIAR);

/** What the router of a home runs to pass ports on: `protocol` is pcp, nat-pmp or upnp. */
export const startRouter = (namespace: string, ...words: readonly string[]): ShoalProcess =>
  new ShoalProcess(words, {}, ROUTER, ['ip', 'netns', 'exec', namespace]);

/** Runs `shoal WORDS` to its end. */
export async function runShoal(...words: readonly string[]) {
  const running = new ShoalProcess(words);
  const status = await running.status;
  return { status, lines: running.lines, err: running.err };
}
