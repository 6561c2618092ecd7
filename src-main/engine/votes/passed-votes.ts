import type { PeerAddress } from '../../contract/address.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { Clock, Remote, VerifySignature } from '../ports/index.ts';
import { RateWindow } from '../rate-window.ts';
import { RateWindows } from '../rate-windows.ts';
import { PASSED_VOTES } from '../wire/limits.ts';
import type { ListedVote } from '../wire/votes.ts';
import { isTrueVote } from './is-true-vote.ts';
import type { JudgedFile } from './judged-file.ts';

type Deps = {
  readonly clock: Clock;
  readonly verify: VerifySignature;
  readonly strike: (remote: Remote, why: string) => void;
};
type Teller = { readonly nodeId: NodeId; readonly address: PeerAddress };

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
/** More supernodes than any search asks in a minute. */
const MAX_TELLERS = 10_000;

/** Checks the votes that other supernodes tell, before this one passes them on to who asked: else it would be blamed for what they made. */
export class PassedVotes {
  readonly #deps: Deps;
  readonly #ofAll = new RateWindow(SECOND_MS);
  readonly #ofOne = new RateWindows({ windowMs: MINUTE_MS, maxKeys: MAX_TELLERS });

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** None when one of them is forged, or is on another file; those that there is no time to check are left out. */
  async check(teller: Teller, file: JudgedFile, votes: readonly ListedVote[]): Promise<readonly ListedVote[]> {
    const { verify, strike } = this.#deps;
    const some = this.#affordable(teller.nodeId, votes);
    const isOfFile = votes.every(({ hash, size }) => hash === file.hash && size === file.size);
    const isTrue = isOfFile && (await Promise.all(some.map((vote) => isTrueVote(vote, verify)))).every(Boolean);
    if (isTrue) return some;
    strike(teller, 'a forged vote');
    return [];
  }

  #affordable(node: NodeId, votes: readonly ListedVote[]): readonly ListedVote[] {
    const take = { nowMs: this.#deps.clock.monotonicMs(), cost: votes.length };
    const isOne = this.#ofOne.tryTake(node, { ...take, limit: PASSED_VOTES.ofOneAMinute });
    return isOne && this.#ofAll.tryTake(take.nowMs, take.cost, PASSED_VOTES.aSecond) ? votes : [];
  }
}
