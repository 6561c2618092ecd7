import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PeerTarget, parseTarget } from '../../../src-main/contract/address.ts';
import { readPrometheusText } from '../../support/prometheus-text.ts';
import { type RunningPeer, startPeerBy } from '../shoal-peers.ts';

/** Of a span of time. Delays are what `/metrics` says (docs/metrics.md). */
export type Cost = {
  readonly corePercent: number;
  /** The most that was seen, looking every second. */
  readonly MiB: number;
  readonly loopDelayMsP99: number;
  readonly loopDelayMsMax: number;
};

/** `long`: those over 10 ms. */
export type Tasks = { readonly count: number; readonly longestMs: number; readonly long: number };

/** Of /proc/PID/stat, the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const LOOK_EVERY_MS = 1000;
/** Of the runtime and the system, as build/shoal.service has them. */
const RUNTIME = { flags: ['--max-semi-space-size=16'], environment: { MALLOC_ARENA_MAX: '1' } };
const PROBE = new URL('./task-probe.ts', import.meta.url).href;

/** A supernode in a process of its own, the built program, and what it costs. */
export class MeasuredSupernode {
  readonly peer: RunningPeer;
  readonly #metrics: string;
  readonly #token: string;
  #asked = 0;

  private constructor(peer: RunningPeer, metrics: string, token: string) {
    this.peer = peer;
    this.#metrics = metrics;
    this.#token = token;
  }

  /** `hasProbe`: `tasks` can be asked. It costs some percent. */
  static async start(
    data: string,
    words: readonly string[],
    { hasProbe = false }: { readonly hasProbe?: boolean } = {},
  ): Promise<MeasuredSupernode> {
    const flags = [...RUNTIME.flags, ...(hasProbe ? ['--import', PROBE] : [])];
    const all = ['--supernode', 'always', '--web', '127.0.0.1:0', ...words];
    const peer = await startPeerBy({ ...RUNTIME, flags }, data, all);
    const { web } = JSON.parse(await peer.program.line('"ready"'));
    const token = await readFile(join(data, 'metrics-token'), 'utf8');
    const started = new MeasuredSupernode(peer, new URL('/metrics', web).href, token.trim());
    // Delays are measured from the first scrape on.
    await started.scrape();
    if (hasProbe) peer.program.process.kill('SIGUSR2');
    return started;
  }

  get target(): PeerTarget {
    const target = parseTarget(`shoal://${this.peer.node}@${this.peer.listen}`);
    if (!target) throw new Error('the peer says no address');
    return target;
  }

  async scrape(): Promise<ReadonlyMap<string, number>> {
    const answer = await fetch(this.#metrics, { headers: { authorization: `Bearer ${this.#token}` } });
    if (!answer.ok) throw new Error(`/metrics was answered with ${answer.status}`);
    return readPrometheusText(await answer.text());
  }

  /** What it costs while `work` lasts. */
  async during<T>(work: () => Promise<T>): Promise<{ readonly cost: Cost; readonly result: T }> {
    await this.scrape();
    const { program } = this.peer;
    let MiB = program.residentMiB();
    const looking = setInterval(() => {
      MiB = Math.max(MiB, program.residentMiB());
    }, LOOK_EVERY_MS);
    const startMs = performance.now();
    const before = this.#processorSeconds();
    try {
      const result = await work();
      const seconds = (performance.now() - startMs) / 1000;
      const corePercent = (100 * (this.#processorSeconds() - before)) / seconds;
      const metrics = await this.scrape();
      const delayMs = (which: string) => 1000 * (metrics.get(`shoal_event_loop_delay_${which}_seconds`) ?? Number.NaN);
      return { cost: { corePercent, MiB, loopDelayMsP99: delayMs('p99'), loopDelayMsMax: delayMs('max') }, result };
    } finally {
      clearInterval(looking);
    }
  }

  /** Of the main thread, since this was asked last (task-probe.ts). */
  async tasks(): Promise<Tasks> {
    this.peer.program.process.kill('SIGUSR2');
    return JSON.parse(await this.peer.program.line(`"tasks":${++this.#asked},`));
  }

  async stop(): Promise<void> {
    await this.peer.program.stop();
  }

  /** Of all threads, in user and kernel mode. */
  #processorSeconds(): number {
    const stat = readFileSync(`/proc/${this.peer.program.process.pid}/stat`, 'utf8');
    // The name, second, may hold spaces; user and kernel time are the 14th and 15th.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }
}
