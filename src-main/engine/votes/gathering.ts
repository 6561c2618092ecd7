import type { PeerAddress } from '../../contract/address.ts';
import { isPrivateHost, narrowBlock } from '../../contract/address-block.ts';
import { toAppError } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, IncomingResponse, Links, Logger, Remote, Sha256, VerifySignature } from '../ports/index.ts';
import { setLast } from '../set-last.ts';
import { readJson } from '../wire/http-answer.ts';
import { PASSED_VOTES, VOTES_BYTES } from '../wire/limits.ts';
import { type ListedVote, nodeIdOfVoter, voteListSchema } from '../wire/votes.ts';
import { isTrueVote } from './is-true-vote.ts';
import { type FileKey, fileKey, type JudgedFile } from './judged-file.ts';
import type { KnownVotes } from './known-votes.ts';

/** Somebody who may know votes on a file, and may know that this peer asks. */
export type VoteTeller = { readonly nodeId: NodeId; readonly address: PeerAddress };
/** Votes as they came in: from `by`, who was told them at `host`. */
export type PassedOn = {
  readonly by: { readonly nodeId: NodeId; readonly host: string };
  readonly host: string;
  readonly votes: readonly ListedVote[];
};

type Deps = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: () => Settings;
  readonly self: NodeId;
  readonly links: Pick<Links, 'request'>;
  readonly sha256: Sha256;
  readonly verify: VerifySignature;
  readonly known: Pick<KnownVotes, 'add' | 'isNews' | 'met'>;
  readonly strike: (remote: Remote, why: string) => void;
};
type Round = {
  readonly sinceMs: number;
  readonly asked: Set<NodeId>;
  readonly perBlock: Map<string, number>;
  /** Votes that were passed on. */
  passedOn: number;
  /** Who told a forged vote is not listened to any more. */
  readonly liars: Set<NodeId>;
};
/** Who told a vote: this peer itself, or another one that passed it on (`via`). */
type Told = { readonly by: VoteTeller; readonly host: string; readonly via: string | undefined };

/** Who is asked in one round; and of one /24 (private ones count by NodeId). */
const ASKED = 3;
const ASKED_OF_BLOCK = 2;
/** A round for a file lasts so long: what others say changes slowly. */
const ROUND_MS = 10 * 60_000;
const MAX_ROUNDS = 1000;
/** Questions and lists under way, and those that wait: more are left out, for the next look. */
const AT_ONCE = 4;
const MAX_WAITING = 1000;

/** Checks what others say of a file as it comes in, and asks a few peers itself that know anyway that this one has to do with it. */
export class Gathering {
  readonly #deps: Deps;
  readonly #rounds = new Map<FileKey, Round>();
  readonly #waiting: (() => Promise<void>)[] = [];
  readonly #stopping = new AbortController();
  #running = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  stop(): void {
    this.#stopping.abort();
    this.#waiting.length = 0;
  }

  /** A source of a download was heard of; asked now, later or not at all. Costs the caller nothing. */
  heard(file: JudgedFile, source: VoteTeller): void {
    const { nodeId, address } = source;
    const round = this.#roundOf(file);
    const block = isPrivateHost(address.host) ? nodeId : narrowBlock(address.host);
    const ofBlock = round.perBlock.get(block) ?? 0;
    if (round.asked.has(nodeId) || ofBlock >= ASKED_OF_BLOCK || round.asked.size >= ASKED) return;
    if (nodeId === this.#deps.self || !this.#enqueue(() => this.#ask(file, source))) return;
    round.asked.add(nodeId);
    round.perBlock.set(block, ofBlock + 1);
  }

  /** Asks one that knows who looks at what: a parent that cannot ask others. */
  ask(file: JudgedFile, parent: VoteTeller): void {
    this.#enqueue(() => this.#ask(file, parent));
  }

  /** The supernode that runs this peer's searches passes on what it was told. */
  passedOn(file: JudgedFile, { by, host, votes }: PassedOn): void {
    const { self } = this.#deps;
    const round = this.#roundOf(file);
    // What its own children say this peer knows from them.
    if ((by.nodeId === self && host === '') || round.passedOn + votes.length > PASSED_VOTES.inSearch) return;
    round.passedOn += votes.length;
    const teller = { nodeId: by.nodeId, address: { host: by.nodeId === self ? host : by.host, port: 0 } };
    const via = by.nodeId === self || host === by.host ? undefined : narrowBlock(by.host);
    this.#enqueue(() => this.#take(file, votes, { by: teller, host, via }));
  }

  #enqueue(work: () => Promise<void>): boolean {
    if (this.#stopping.signal.aborted || this.#waiting.length >= MAX_WAITING) return false;
    this.#waiting.push(work);
    this.#next();
    return true;
  }

  #roundOf(file: JudgedFile): Round {
    const nowMs = this.#deps.clock.monotonicMs();
    const before = this.#rounds.get(fileKey(file));
    if (before && nowMs - before.sinceMs < ROUND_MS) return before;
    const round: Round = { sinceMs: nowMs, asked: new Set(), perBlock: new Map(), passedOn: 0, liars: new Set() };
    setLast(this.#rounds, [fileKey(file), round], MAX_ROUNDS);
    return round;
  }

  #next(): void {
    if (this.#running >= AT_ONCE) return;
    const work = this.#waiting.shift();
    if (!work) return;
    this.#running++;
    work()
      .catch((thrown: unknown) => this.#deps.logger.debug('no votes', { why: toAppError(thrown).message }))
      .finally(() => {
        this.#running--;
        this.#next();
      });
    this.#next();
  }

  async #ask(file: JudgedFile, { nodeId, address }: VoteTeller): Promise<void> {
    const { links, settings } = this.#deps;
    const path = `/content/${file.hash}/votes?size=${file.size}`;
    const timeoutMs = settings()['overlay.request-timeout'];
    const request = { method: 'GET', path, maxBytes: VOTES_BYTES, timeoutMs } as const;
    const response = await links.request({ nodeId, address }, request, this.#stopping.signal);
    // An older version has no such resource.
    if (response.status === 200) await this.#read(file, response);
  }

  async #read(file: JudgedFile, response: IncomingResponse): Promise<void> {
    const { remote } = response;
    const list = readJson(voteListSchema, response);
    if (!list) return this.#deps.strike(remote, 'malformed votes');
    const told = { by: remote, host: remote.address.host, via: undefined };
    return this.#take(file, list.votes, told);
  }

  async #take(file: JudgedFile, votes: readonly ListedVote[], told: Told): Promise<void> {
    const round = this.#roundOf(file);
    const { nodeId, address } = told.by;
    for (const vote of votes) {
      if (this.#stopping.signal.aborted || round.liars.has(nodeId)) return;
      const isOfFile = vote.hash === file.hash && vote.size === file.size;
      if (isOfFile && (await this.#isTrue(vote, told))) continue;
      // Whoever passes a forged vote on did not check it, or made it.
      round.liars.add(nodeId);
      return this.#deps.strike({ nodeId, address }, 'a forged vote');
    }
  }

  /** Adds it to what is known, if it is news. False when nobody said so. */
  async #isTrue(vote: ListedVote, { by, host, via }: Told): Promise<boolean> {
    const { sha256, verify, known, self } = this.#deps;
    const node = nodeIdOfVoter(vote.key, sha256);
    const block = narrowBlock(host);
    const isDirect = node === by.nodeId && host === by.address.host;
    if (isDirect) known.met(node, block);
    if (node === self || !known.isNews({ ...vote, node })) return true;
    const isTrue = await isTrueVote(vote, verify);
    const { hash, size, verdict, sequence } = vote;
    if (isTrue) known.add({ hash, size, verdict, sequence, node, block, via, isDirect });
    return isTrue;
  }
}
