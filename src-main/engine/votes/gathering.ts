import type { PeerAddress } from '../../contract/address.ts';
import { isPrivateHost, narrowBlock } from '../../contract/address-block.ts';
import { fromHex } from '../../contract/bytes.ts';
import { toAppError } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import type {
  Clock,
  IncomingResponse,
  KnownRemote,
  Links,
  Logger,
  Remote,
  Sha256,
  VerifySignature,
} from '../ports/index.ts';
import { setLast } from '../set-last.ts';
import { readJson } from '../wire/http-answer.ts';
import { VOTES_BYTES } from '../wire/limits.ts';
import { type ListedVote, nodeIdOfVoter, toSignedBytes, voteListSchema } from '../wire/votes.ts';
import { type FileKey, fileKey, type JudgedFile } from './judged-file.ts';
import type { KnownVotes } from './known-votes.ts';

/** Somebody who may know votes on a file. */
export type VoteTeller = {
  readonly nodeId: NodeId;
  readonly address: PeerAddress;
  readonly kind: 'source' | 'supernode';
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
  readonly perKind: Record<VoteTeller['kind'], number>;
};

/** Who is asked in one round, of each kind; and of one /24 (private ones count by NodeId). */
const ASKED: Round['perKind'] = { supernode: 6, source: 3 };
const ASKED_OF_BLOCK = 2;
/** A round for a file lasts so long: what others say changes slowly. */
const ROUND_MS = 10 * 60_000;
const MAX_ROUNDS = 1000;
/** Questions under way, and those that wait: more are left out, for the next look. */
const AT_ONCE = 4;
const MAX_WAITING = 200;

/** Asks a few peers what they say of a file, in the background, and checks what they answer. */
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

  /** Whether a round for a file began so lately that there is nothing to ask for. */
  isFresh(file: JudgedFile): boolean {
    const round = this.#rounds.get(fileKey(file));
    return round !== undefined && this.#isNow(round);
  }

  /** Somebody was heard of who may know; asked now, later or not at all. Costs the caller nothing. */
  heard(file: JudgedFile, teller: VoteTeller): void {
    const { nodeId, address, kind } = teller;
    if (nodeId === this.#deps.self || this.#stopping.signal.aborted || this.#waiting.length >= MAX_WAITING) return;
    const round = this.#roundOf(file);
    const block = isPrivateHost(address.host) ? nodeId : narrowBlock(address.host);
    const ofBlock = round.perBlock.get(block) ?? 0;
    if (round.asked.has(nodeId) || ofBlock >= ASKED_OF_BLOCK || round.perKind[kind] >= ASKED[kind]) return;
    round.asked.add(nodeId);
    round.perBlock.set(block, ofBlock + 1);
    round.perKind[kind]++;
    this.#waiting.push(() => this.#ask(file, teller));
    this.#next();
  }

  #roundOf(file: JudgedFile): Round {
    const before = this.#rounds.get(fileKey(file));
    if (before && this.#isNow(before)) return before;
    const sinceMs = this.#deps.clock.monotonicMs();
    const round: Round = { sinceMs, asked: new Set(), perBlock: new Map(), perKind: { supernode: 0, source: 0 } };
    setLast(this.#rounds, [fileKey(file), round], MAX_ROUNDS);
    return round;
  }

  #isNow({ sinceMs }: Round): boolean {
    return this.#deps.clock.monotonicMs() - sinceMs < ROUND_MS;
  }

  #next(): void {
    if (this.#running >= AT_ONCE) return;
    const ask = this.#waiting.shift();
    if (!ask) return;
    this.#running++;
    ask()
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
    const list = readJson(voteListSchema, response);
    if (!list) return this.#deps.strike(response.remote, 'malformed votes');
    for (const vote of list.votes) {
      if (this.#stopping.signal.aborted) return;
      const isTrue = vote.hash === file.hash && vote.size === file.size && (await this.#take(vote, response.remote));
      // Whoever passes a forged vote on did not check it, or made it.
      if (!isTrue) return this.#deps.strike(response.remote, 'a forged vote');
    }
  }

  /** False when nobody said so. */
  async #take(vote: ListedVote, teller: KnownRemote): Promise<boolean> {
    const { sha256, verify, known, self } = this.#deps;
    const node = nodeIdOfVoter(vote.key, sha256);
    const block = narrowBlock(teller.address.host);
    const isDirect = node === teller.nodeId;
    if (isDirect) known.met(node, block);
    if (node === self || !known.isNews({ ...vote, node })) return true;
    const publicKey = fromHex(vote.key);
    const isTrue = await verify({ publicKey, message: toSignedBytes(vote), signature: fromHex(vote.signature) });
    const { hash, size, verdict: said, sequence } = vote;
    if (isTrue) known.add({ hash, size, verdict: said, sequence, node, block, isDirect });
    return isTrue;
  }
}
