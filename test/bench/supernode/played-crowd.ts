import { randomBytes } from 'node:crypto';
import type { PeerTarget } from '../../../src-main/contract/address.ts';
import { toHex } from '../../../src-main/contract/bytes.ts';
import type { Descriptor } from '../../../src-main/contract/descriptor.ts';
import type { NodeId, SearchId } from '../../../src-main/contract/ids.ts';
import type { Hit } from '../../../src-main/contract/search.ts';
import { inParallel } from '../../../src-main/engine/in-parallel.ts';
import { tlsWorld } from '../../support/link-world.ts';
import { FileNames } from '../file-names.ts';
import type { Crowd } from './load-protocol.ts';
import { PlayedChild, type SearchEnd } from './played-child.ts';
import { type AskEnd, PlayedNeighbour } from './played-neighbour.ts';

/** Joining at once: a supernode takes 8 uploads at a time. */
const AT_ONCE = 4;
/** Of so many files one is asked for. */
const KEPT_EACH = 97;
/** Hits of one neighbour: a search finds its 100 in two waves, and the 5 a second keep within the 200 asks a second of the protocol. */
const HITS_EACH = 4;
/** Words of what neighbours ask; those of children are rare enough that their parent alone has too few. */
const ASKED_WORDS = [1, 2, 3];
const SEARCHED_WORDS = 3;

/** The children and the neighbours of one supernode. */
export class PlayedCrowd {
  readonly #names: FileNames;
  readonly #world = tlsWorld();
  readonly #children: PlayedChild[] = [];
  readonly #neighbours: PlayedNeighbour[] = [];
  readonly #files: Descriptor[] = [];
  /** Whoever finds anything else is taken for an inventor (engine/search/canary.ts). */
  readonly #searchedFor = new Set<string>();
  #asks = 0;
  #searches = 0;

  constructor(seed: number) {
    this.#names = new FileNames(seed);
  }

  async join(to: PeerTarget, { children, filesEach, neighbours }: Crowd): Promise<void> {
    await inParallel(Array.from({ length: children }), AT_ONCE, async () => {
      const child = new PlayedChild(await this.#world.peer(), to);
      const files = Array.from({ length: filesEach }, () => this.#names.file());
      this.#files.push(...files.filter((_, at) => at % KEPT_EACH === 0));
      await child.join(files);
      this.#children.push(child);
    });
    const pool = this.#hitPool(neighbours * HITS_EACH);
    await inParallel([...Array(neighbours).keys()], AT_ONCE, async (number) => {
      const own = pool.slice(number * HITS_EACH, (number + 1) * HITS_EACH);
      const neighbour = new PlayedNeighbour(await this.#world.peer(), (words) =>
        this.#searchedFor.has(words) ? own : [],
      );
      await neighbour.join(to);
      this.#neighbours.push(neighbour);
    });
  }

  /** One neighbour after the other asks. */
  ask(): Promise<AskEnd> {
    const at = this.#asks++;
    const words = this.#words(at, ASKED_WORDS[at % ASKED_WORDS.length] ?? 1);
    return inTurn(this.#neighbours, at).ask(newId(), words);
  }

  /** One child after the other searches. */
  search(): Promise<SearchEnd> {
    const at = this.#searches++;
    const words = this.#words(at, SEARCHED_WORDS);
    this.#searchedFor.add(words);
    return inTurn(this.#children, at).search(newId(), words);
  }

  async close(): Promise<void> {
    for (const one of [...this.#children, ...this.#neighbours]) one.close();
    await this.#world.stop();
  }

  #words(at: number, words: number): string {
    return this.#names.query(inTurn(this.#files, at * 7919), words);
  }

  #hitPool(count: number): readonly string[] {
    return Array.from({ length: count }, () => {
      const { modifiedMs: _, ...file } = this.#names.file();
      const nodeId = toHex(randomBytes(32)) as NodeId;
      const source = { nodeId, addresses: [{ host: '127.0.0.1', port: 1214 }], freeSlots: 2, queueLength: 0 };
      return JSON.stringify({ ...file, sources: [source] } satisfies Hit);
    });
  }
}

function inTurn<T>(all: readonly T[], at: number): T {
  const one = all[at % all.length];
  if (one === undefined) throw new RangeError('nobody has joined');
  return one;
}

const newId = (): SearchId => toHex(randomBytes(16)) as SearchId;
