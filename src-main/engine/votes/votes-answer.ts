import { isSharedHost, narrowBlock } from '../../contract/address-block.ts';
import { toHex } from '../../contract/bytes.ts';
import { AppError } from '../../contract/errors.ts';
import { type ContentHash, parseContentHash } from '../../contract/ids.ts';
import type { Clock, Identity, IncomingRequest, KnownRemote, OutgoingResponse } from '../ports/index.ts';
import { RateWindows } from '../rate-windows.ts';
import { errorAnswer, jsonAnswer } from '../wire/http-answer.ts';
import { VOTE_REQUESTS, VOTES_PER_MESSAGE } from '../wire/limits.ts';
import type { ListedVote, SignedVote } from '../wire/votes.ts';
import type { ChildVotes } from './child-votes.ts';
import type { OwnVerdicts } from './own-verdicts.ts';

type Deps = {
  readonly clock: Clock;
  readonly identity: Identity;
  readonly own: Pick<OwnVerdicts, 'toldOf'>;
  readonly children: Pick<ChildVotes, 'of'>;
  /** Of a content that the user blocks others hear what he says himself, and nothing that his peer only carries. */
  readonly isBlocked?: ((hash: ContentHash) => boolean) | undefined;
};

const PATH = /^\/content\/([0-9a-fA-F]{64})\/votes$/;
const WINDOW_MS = 60_000;
const MAX_KEYS = 10_000;

/** Answers `GET /content/<hash>/votes[?size=N]`: what this peer says, and while it is a supernode what its children say. */
export class VotesAnswer {
  readonly #deps: Deps;
  readonly #peers = new RateWindows({ windowMs: WINDOW_MS, maxKeys: MAX_KEYS });
  readonly #blocks = new RateWindows({ windowMs: WINDOW_MS, maxKeys: MAX_KEYS });

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Undefined for other paths. */
  answer({ method, path, query, remote }: IncomingRequest): OutgoingResponse | undefined {
    const [, text] = PATH.exec(path) ?? [];
    const hash = text === undefined ? undefined : parseContentHash(text);
    if (hash === undefined) return undefined;
    if (method !== 'GET' && method !== 'HEAD')
      return errorAnswer(405, invalid(method, 'only GET and HEAD are answered'), { allow: 'GET, HEAD' });
    if (remote.nodeId === undefined) return errorAnswer(403, new AppError('peer.certificate-needed'));
    const size = readSize(query.get('size'));
    if (size === 'malformed') return errorAnswer(400, invalid('size', 'it is a number of bytes'));
    const waitMs = this.#waitMs({ ...remote, nodeId: remote.nodeId });
    if (waitMs !== undefined) {
      const seconds = Math.max(1, Math.ceil(waitMs / 1000));
      return errorAnswer(429, new AppError('peer.too-many-requests', { seconds }), { 'retry-after': String(seconds) });
    }
    return jsonAnswer({ votes: this.told(hash, size) });
  }

  /** What this peer says, and while it is a supernode what its children say, as much as one message takes. */
  told(hash: ContentHash, size: number | undefined): readonly ListedVote[] {
    const key = toHex(this.#deps.identity.publicKey);
    const own = this.#deps.own.toldOf(hash, size).map((vote) => toListed(vote, key));
    const { children, isBlocked } = this.#deps;
    const others = isBlocked?.(hash) ? [] : children.of(hash, size, VOTES_PER_MESSAGE);
    const all = [...own, ...others.map((vote) => toListed(vote, vote.key))];
    return all.slice(0, VOTES_PER_MESSAGE);
  }

  /** How long to stay away; undefined when it may ask now. */
  #waitMs({ nodeId, address: { host } }: KnownRemote): number | undefined {
    const nowMs = this.#deps.clock.monotonicMs();
    const block = isSharedHost(host) ? nodeId : narrowBlock(host);
    if (!this.#peers.tryTake(nodeId, { nowMs, cost: 1, limit: VOTE_REQUESTS.perPeer }))
      return this.#peers.waitMs(nodeId, nowMs);
    if (!this.#blocks.tryTake(block, { nowMs, cost: 1, limit: VOTE_REQUESTS.perBlock }))
      return this.#blocks.waitMs(block, nowMs);
    return undefined;
  }
}

const invalid = (what: string, why: string): AppError => new AppError('input.invalid', { what, why });

function toListed({ hash, size, verdict, sequence, signature }: SignedVote, key: string): ListedVote {
  return { key, hash, size, verdict, sequence, signature };
}

function readSize(text: string | null): number | undefined | 'malformed' {
  if (text === null) return undefined;
  const size = /^[1-9][0-9]{0,15}$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(size) ? size : 'malformed';
}
