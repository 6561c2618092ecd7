import { formatAddress } from '../../contract/address.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { Worlds } from '../../contract/network.ts';
import type { Random } from '../ports/index.ts';
import { shuffle } from '../shuffle.ts';
import type { SupernodeEntry } from '../wire/messages/supernode-entry.ts';
import type { Answerer } from './ask-supernode.ts';

/** Rounds after the first answers, and supernodes asked of each side in one (protocol section 7). */
const ROUNDS = 5;
const PER_ROUND = 2;
/** Entries a side that are compared (protocol section 7). */
const MAX_ENTRIES = 1000;

type Deps = {
  readonly random: Random;
  /** This peer, which joins any two networks that it knows. */
  readonly self: NodeId;
  /** Any of the supernodes that this one knows; undefined when it does not answer. */
  readonly ask: (entry: SupernodeEntry) => Promise<Answerer | undefined>;
  readonly signal: AbortSignal;
};

/** `entries`: supernodes that each side named in the end, itself included. */
export type Comparison = {
  readonly state: Extract<Worlds, 'one' | 'two' | 'unclear'>;
  readonly entries: readonly [number, number];
};

/**
 * Whether two supernodes know of each other's network (protocol section 7, "Two worlds"): from the answer of each on, two that a side
 * named are asked whom they know, until a supernode is on both sides. One that names others of whom nobody answers proves nothing, or a
 * single liar could tell this peer that it is cut off.
 */
export async function compareWorlds(deps: Deps, first: Answerer, second: Answerer): Promise<Comparison> {
  const sides = [new Side(deps, first), new Side(deps, second)] as const;
  const [a, b] = sides;
  for (let round = 0; round < ROUNDS && !a.meets(b) && !deps.signal.aborted; round++) {
    const [askedOfA, askedOfB] = await Promise.all(sides.map((side) => side.askSome()));
    if (!askedOfA && !askedOfB) break;
  }
  const entries = [a.size, b.size] as const;
  if (a.meets(b)) return { state: 'one', entries };
  return { state: a.isBorneOut && b.isBorneOut && !deps.signal.aborted ? 'two' : 'unclear', entries };
}

class Side {
  readonly #deps: Deps;
  readonly #entries = new Map<NodeId, SupernodeEntry>();
  readonly #askedNodes = new Set<NodeId>();
  readonly #askedAddresses = new Set<string>();
  #hasAnswered = false;

  constructor(deps: Deps, first: Answerer) {
    this.#deps = deps;
    if (first.entry) this.#noteAsked(first.entry);
    this.#add(first);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** It named nobody but who was asked, or at least one of those that it named is there. */
  get isBorneOut(): boolean {
    const isOnlyItself = [...this.#entries.keys()].every((nodeId) => this.#askedNodes.has(nodeId)) && this.size <= 1;
    return isOnlyItself || this.#hasAnswered;
  }

  meets(other: Side): boolean {
    return [...this.#entries.keys()].some((nodeId) => other.#entries.has(nodeId));
  }

  /** False when there is nobody left to ask, or enough is known. */
  async askSome(): Promise<boolean> {
    if (this.size >= MAX_ENTRIES) return false;
    const open = [...this.#entries.values()].filter((entry) => this.#isOpen(entry));
    // Many names for one address are one supernode at most.
    const chosen = new Map(shuffle(this.#deps.random, open).map((entry) => [formatAddress(entry.address), entry]));
    const asked = [...chosen.values()].slice(0, PER_ROUND);
    for (const entry of asked) this.#noteAsked(entry);
    const answers = await Promise.all(asked.map((entry) => this.#deps.ask(entry)));
    for (const answer of answers) {
      if (!answer?.entry) continue;
      this.#hasAnswered = true;
      this.#add(answer);
    }
    return asked.length > 0;
  }

  #add({ entry, named }: Answerer): void {
    for (const one of entry ? [entry, ...named] : named) {
      if (this.size >= MAX_ENTRIES) return;
      if (one.nodeId !== this.#deps.self && !this.#entries.has(one.nodeId)) this.#entries.set(one.nodeId, one);
    }
  }

  #isOpen({ nodeId, address }: SupernodeEntry): boolean {
    return !this.#askedNodes.has(nodeId) && !this.#askedAddresses.has(formatAddress(address));
  }

  #noteAsked({ nodeId, address }: SupernodeEntry): void {
    this.#askedNodes.add(nodeId);
    this.#askedAddresses.add(formatAddress(address));
  }
}
