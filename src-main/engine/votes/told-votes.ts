import { toHex } from '../../contract/bytes.ts';
import type { Identity } from '../ports/index.ts';
import { CHILD_VOTES, VOTES_PER_MESSAGE } from '../wire/limits.ts';
import type { Votes as VotesMessage } from '../wire/messages/votes.ts';
import type { SignedVote } from '../wire/votes.ts';
import type { JudgedFile } from './judged-file.ts';
import type { OwnVerdicts } from './own-verdicts.ts';

type Deps = { readonly identity: Identity; readonly own: Pick<OwnVerdicts, 'told' | 'toldOf'> };
type Send = (message: VotesMessage) => void;

/** Tells a parent what this user says of files, for those who ask the parent. */
export class ToldVotes {
  readonly #deps: Deps;
  readonly #parents = new Set<Send>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Tells all, and each change until the returned function is called. */
  toParent(send: Send): () => void {
    this.#parents.add(send);
    if (this.#deps.own.told().length > 0) this.#tellAll(send);
    return () => this.#parents.delete(send);
  }

  /** The user said something else of one file. */
  changed({ hash, size }: JudgedFile): void {
    const votes = this.#deps.own.toldOf(hash, size);
    if (votes.length > 0) for (const send of this.#parents) send(this.#message(votes, false));
  }

  /** Others may be told from now on, or no longer. */
  settingChanged(): void {
    for (const send of this.#parents) this.#tellAll(send);
  }

  /** The newest last, so that a parent that keeps fewer forgets the oldest. */
  #tellAll(send: Send): void {
    const told = this.#deps.own.told().slice(0, CHILD_VOTES.ofOne).reverse();
    send(this.#message(told.slice(0, VOTES_PER_MESSAGE), true));
    for (let at = VOTES_PER_MESSAGE; at < told.length; at += VOTES_PER_MESSAGE)
      send(this.#message(told.slice(at, at + VOTES_PER_MESSAGE), false));
  }

  #message(votes: readonly SignedVote[], reset: boolean): VotesMessage {
    const key = toHex(this.#deps.identity.publicKey);
    const signed = votes.map(({ hash, size, verdict, sequence, signature }) => {
      return { hash, size, verdict, sequence, signature };
    });
    return { type: 'votes', key, reset, votes: signed };
  }
}
