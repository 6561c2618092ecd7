import type { ClientSearchSink, ClientWave, ToldVotes } from './client-search.ts';

/** Hears what a search brings of votes. */
export interface VoteListener {
  told(votes: ToldVotes): void;
  /** So many supernodes more were asked, the one that runs the search too. */
  asked(supernodes: number): void;
}

/** Passes on the votes that a query by hash brings, and nothing else. */
export class VoteSink implements ClientSearchSink {
  readonly #listener: VoteListener;

  constructor(listener: VoteListener) {
    this.#listener = listener;
  }

  count(): number {
    return 0;
  }

  hits(): void {
    // Who has the file says nothing of what it is worth.
  }

  votes(told: ToldVotes): void {
    this.#listener.told(told);
  }

  wave({ asked }: ClientWave): void {
    this.#listener.asked(asked);
  }

  end(): void {
    // Whoever looks is told by the promise.
  }
}
