import { narrowBlock } from '../../contract/address-block.ts';
import { fromHex } from '../../contract/bytes.ts';
import type { ContentHash, NodeId } from '../../contract/ids.ts';
import type { Clock, Random, Sha256, VerifySignature } from '../ports/index.ts';
import { RateWindows } from '../rate-windows.ts';
import { shuffle } from '../shuffle.ts';
import { CHILD_VOTES } from '../wire/limits.ts';
import type { Votes as VotesMessage } from '../wire/messages/votes.ts';
import { type ListedVote, nodeIdOfVoter, type SignedVote, toSignedBytes } from '../wire/votes.ts';
import { type FileKey, fileKey } from './judged-file.ts';

/** A child's session. */
export type VotingChild = {
  readonly nodeId: NodeId;
  readonly host: string;
  /** Counts a strike and ends the session. */
  misbehaved(why: string): void;
};
export type ChildVote = ListedVote & { readonly node: NodeId; readonly block: string };

type Deps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly sha256: Sha256;
  readonly verify: VerifySignature;
  /** Votes kept of one child and of all. */
  readonly limits?: Limits;
};
type Limits = { readonly ofOne: number; readonly ofAll: number; readonly unchecked: number };
type Entry = {
  readonly key: string;
  readonly block: string;
  /** In the order in which they came. */
  readonly votes: Map<FileKey, SignedVote>;
  /** What it brought is checked one after the other; so many votes wait. */
  work: Promise<void>;
  unchecked: number;
};

const WINDOW_MS = 10 * 60_000;
/** More children than any supernode has. */
const MAX_CHILDREN = 10_000;

/** What the children of this supernode say of files, each vote checked against its child's key; forgotten with the session. */
export class ChildVotes {
  readonly #deps: Deps;
  readonly #limits: Limits;
  readonly #entries = new Map<NodeId, Entry>();
  readonly #voters = new Map<ContentHash, Set<NodeId>>();
  readonly #brought = new RateWindows({ windowMs: WINDOW_MS, maxKeys: MAX_CHILDREN });
  #count = 0;
  #unchecked = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#limits = deps.limits ?? CHILD_VOTES;
  }

  /** Votes kept now. */
  get count(): number {
    return this.#count;
  }

  take(child: VotingChild, { key, reset, votes }: VotesMessage): void {
    const { clock, sha256 } = this.#deps;
    if (nodeIdOfVoter(key, sha256) !== child.nodeId) {
      child.misbehaved('votes with the key of another');
      return;
    }
    const take = { nowMs: clock.monotonicMs(), cost: Math.max(1, votes.length), limit: CHILD_VOTES.broughtIn10Min };
    const isTooMuch = !this.#brought.tryTake(child.nodeId, take);
    const entry = this.#entries.get(child.nodeId) ?? {
      ...{ key, block: narrowBlock(child.host), votes: new Map() },
      ...{ work: Promise.resolve(), unchecked: 0 },
    };
    this.#entries.set(child.nodeId, entry);
    const isFull = entry.unchecked > 0 && this.#unchecked + votes.length > this.#limits.unchecked;
    // No strike: a good child brings all its votes each time that it comes back. What it takes back is not left out.
    const heard = isTooMuch || isFull ? [] : votes;
    if (heard.length === 0 && !reset) return;
    this.#waits(entry, heard.length);
    entry.work = entry.work
      .then(() => this.#check(child, entry, { reset, votes: heard }))
      .finally(() => this.#waits(entry, -heard.length));
  }

  #waits(entry: Entry, votes: number): void {
    entry.unchecked += votes;
    this.#unchecked += votes;
  }

  /** Its session ended. */
  gone(node: NodeId): void {
    const entry = this.#entries.get(node);
    if (!entry) return;
    this.#clear(node, entry);
    this.#entries.delete(node);
  }

  /** What children say of a content, at most `most`: of each address block the first before the second of any. */
  of(hash: ContentHash, size: number | undefined, most: number): readonly ChildVote[] {
    const blocks = new Map<string, ChildVote[]>();
    for (const node of shuffle(this.#deps.random, [...(this.#voters.get(hash) ?? [])])) {
      const entry = this.#entries.get(node);
      if (!entry) continue;
      const { key, block } = entry;
      const votes = this.#votesOf(entry, hash, size).map((vote) => ({ ...vote, key, node, block }));
      blocks.set(block, [...(blocks.get(block) ?? []), ...votes]);
    }
    const chosen: ChildVote[] = [];
    for (let turn = 0; chosen.length < most; turn++) {
      const next = [...blocks.values()].flatMap((votes) => votes.slice(turn, turn + 1));
      if (next.length === 0) break;
      chosen.push(...next);
    }
    return chosen.slice(0, most);
  }

  #votesOf({ votes }: Entry, hash: ContentHash, size: number | undefined): readonly SignedVote[] {
    if (size === undefined) return [...votes.values()].filter((vote) => vote.hash === hash);
    const found = votes.get(fileKey({ hash, size }));
    return found ? [found] : [];
  }

  async #check(child: VotingChild, entry: Entry, brought: Pick<VotesMessage, 'reset' | 'votes'>): Promise<void> {
    const isHere = () => this.#entries.get(child.nodeId) === entry;
    if (brought.reset && isHere()) this.#clear(child.nodeId, entry);
    const publicKey = fromHex(entry.key);
    for (const vote of brought.votes) {
      if (!isHere()) return;
      const isTrue = await this.#deps.verify({
        ...{ publicKey, message: toSignedBytes(vote) },
        signature: fromHex(vote.signature),
      });
      if (!isHere()) return;
      if (!isTrue) return child.misbehaved('a forged vote');
      this.#keep(child.nodeId, entry, vote);
    }
  }

  #keep(node: NodeId, entry: Entry, vote: SignedVote): void {
    const key = fileKey(vote);
    const before = entry.votes.get(key);
    if (before && before.sequence >= vote.sequence) return;
    if (before) this.#drop(node, entry, key);
    entry.votes.set(key, vote);
    this.#count++;
    const voters = this.#voters.get(vote.hash) ?? new Set();
    this.#voters.set(vote.hash, voters.add(node));
    if (entry.votes.size > this.#limits.ofOne) this.#dropOldest(node, entry);
    if (this.#count > this.#limits.ofAll) this.#dropOldest(...this.#largest());
  }

  #largest(): [NodeId, Entry] {
    return [...this.#entries].reduce((one, other) => (other[1].votes.size > one[1].votes.size ? other : one));
  }

  #dropOldest(node: NodeId, entry: Entry): void {
    const [oldest] = entry.votes.keys();
    if (oldest !== undefined) this.#drop(node, entry, oldest);
  }

  #clear(node: NodeId, entry: Entry): void {
    for (const key of [...entry.votes.keys()]) this.#drop(node, entry, key);
  }

  #drop(node: NodeId, entry: Entry, key: FileKey): void {
    const vote = entry.votes.get(key);
    if (!vote) return;
    entry.votes.delete(key);
    this.#count--;
    const voters = this.#voters.get(vote.hash);
    const saysMore = this.#votesOf(entry, vote.hash, undefined).length > 0;
    if (!saysMore) voters?.delete(node);
    if (voters?.size === 0) this.#voters.delete(vote.hash);
  }
}
