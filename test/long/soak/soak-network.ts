import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContentHash } from '../../../src-main/contract/ids.ts';
import { SeededRandom } from '../../../src-main/simulator/seeded-random.ts';
import { MortalPeer } from '../mortal-peer.ts';
import { madeBytes, madeText, wordOf, writeMade } from './soak-files.ts';

export type SoakPlan = {
  readonly peers: number;
  /** Leaves that are restarted now and then, and so not measured. */
  readonly restarted: number;
  readonly largeFiles: number;
  readonly largeBytes: number;
  readonly seed: number;
  /** How long a page is looked at, and a folder shared. */
  readonly stayMs: number;
};
export type Picked = { readonly hash: ContentHash; readonly size: number; readonly name: string };

export const SUPERNODES = 2;
const SMALL_FILES = 15;
const MOST_LINES = 2000;
/** Each large file is at so many peers. */
const HOLDERS = 3;
const LISTED = 100;
/** Below those that systems give to whoever asks for any. */
const FIRST_PORT = 21_000 + (process.pid % 100) * 100;
/** Slow enough that lines form. */
const SLOW = ['--set', 'upload.slots=2', '--set', 'upload.rate=4MiB'];

/** Peers of the built program, and who of them is what: the first two are supernodes, the last ones are restarted. */
export class SoakNetwork {
  readonly random: SeededRandom;
  readonly peers: MortalPeer[] = [];
  readonly #plan: SoakPlan;
  #numbers = 0;

  private constructor(plan: SoakPlan) {
    this.#plan = plan;
    this.random = new SeededRandom(plan.seed);
  }

  /** Their folders and files; none runs yet. */
  static async make(plan: SoakPlan, folder: string): Promise<SoakNetwork> {
    const network = new SoakNetwork(plan);
    const known = Array.from({ length: SUPERNODES }, (_, at) => ['--bootstrap', `127.0.0.1:${FIRST_PORT + at}`]).flat();
    for (let at = 0; at < plan.peers; at++) {
      const role = [
        '--supernode',
        at < SUPERNODES ? 'always' : 'never',
        '--web',
        '127.0.0.1:0',
        '--set',
        'page.welcomed=true',
      ];
      const words = [...role, ...(at % 3 === 2 ? SLOW : []), ...known];
      const peer = await MortalPeer.make(`diver${at}x`, {
        folder: join(folder, `peer ${at}`),
        port: FIRST_PORT + at,
        words,
        environment: ofService(),
      });
      network.peers.push(peer);
      for (let file = 0; file < SMALL_FILES; file++) await network.writeSmall(peer, file);
    }
    for (let file = 0; file < plan.largeFiles; file++) {
      const bytes = madeBytes(file, plan.largeBytes + file);
      for (let holder = 0; holder < HOLDERS; holder++) {
        const peer = network.peers[(file * HOLDERS + holder) % plan.peers];
        if (peer) await writeMade(join(peer.shared, `large ${wordOf(file)} ${file}.bin`), bytes);
      }
    }
    return network;
  }

  get stayMs(): number {
    return this.#plan.stayMs;
  }

  get supernodes(): readonly MortalPeer[] {
    return this.peers.slice(0, SUPERNODES);
  }

  get leaves(): readonly MortalPeer[] {
    return this.peers.slice(SUPERNODES);
  }

  /** Those that live all the time. */
  get measured(): readonly MortalPeer[] {
    return this.peers.slice(0, this.#plan.peers - this.#plan.restarted);
  }

  get restarted(): readonly MortalPeer[] {
    return this.peers.slice(this.#plan.peers - this.#plan.restarted);
  }

  /** One that runs. */
  get anyPeer(): MortalPeer {
    return this.oneOf(this.peers.filter(({ isRunning }) => isRunning));
  }

  anyBut(peer: MortalPeer): MortalPeer {
    return this.oneOf(this.peers.filter((other) => other.isRunning && other !== peer));
  }

  oneOf<T>(values: readonly T[]): T {
    const chosen = values[this.random.int(Math.max(1, values.length))];
    if (chosen === undefined) throw new Error('nothing to choose from');
    return chosen;
  }

  /** Each is given once: contents made by it are new. */
  nextNumber(): number {
    return this.#plan.seed * 1_000_000 + this.#numbers++;
  }

  /** New contents for one of the small files of a peer. */
  async writeSmall(peer: MortalPeer, file: number, folder = peer.shared): Promise<void> {
    const number = this.nextNumber();
    const path = join(folder, `${wordOf(file)} ${peer.word} ${file}.txt`);
    await writeMade(path, madeText(number, 1 + this.random.int(MOST_LINES)));
  }

  get anySmall(): number {
    return this.random.int(SMALL_FILES);
  }

  /** Small files in a second folder of a peer, of names that stay and contents that are new each time. */
  async writeExtra(peer: MortalPeer): Promise<string> {
    const folder = extraOf(peer);
    for (let file = 0; file < SMALL_FILES; file++) await this.writeSmall(peer, file, folder);
    return folder;
  }

  /** A file that another one shares now, and who; undefined when there is none that fits. */
  async pick(
    by: MortalPeer,
    fits: (size: number) => boolean,
  ): Promise<(Picked & { readonly of: MortalPeer }) | undefined> {
    const of = this.anyBut(by);
    const { files } = await of.client.query('shares.files', {
      limit: LISTED,
      order: this.oneOf(['hash', 'size'] as const),
    });
    const fitting = files.filter(({ size }) => fits(size));
    return fitting.length === 0 ? undefined : { ...this.oneOf(fitting), of };
  }
}

/** What the service and the container set of the allocator and of V8: peers that run for long run so. */
function ofService(): Record<string, string> {
  const unit = readFileSync(new URL('../../../build/shoal.service', import.meta.url), 'utf8');
  const of = (name: string) => {
    const value = new RegExp(`^Environment=.*\\b${name}=(\\S+)`, 'm').exec(unit)?.[1];
    if (value === undefined) throw new Error(`build/shoal.service sets no ${name}`);
    return value;
  };
  return { MALLOC_ARENA_MAX: of('MALLOC_ARENA_MAX'), NODE_OPTIONS: of('NODE_OPTIONS') };
}

export const extraOf = (peer: MortalPeer): string => join(peer.shared, '..', 'extra');
