import type { NetworkPeerPorts } from '../../engine/engine.ts';

type Store = NonNullable<NetworkPeerPorts['votes']>['store'];
type Verdict = Parameters<Store['setVerdict']>[0];
type Known = Parameters<Store['save']>[0];

const keyOf = ({ hash, size }: Pick<Verdict, 'hash' | 'size'>): string => `${hash} ${size}`;

/** What a simulated peer says of files and hears of them, over its comings and goings. */
export class MemoryVoteStore implements Store {
  readonly #verdicts = new Map<string, Verdict>();
  readonly #votes = new Map<string, Known['votes'][number]>();
  readonly #voters = new Map<string, Known['voters'][number]>();
  #times = { atMs: 0, wallMs: 0 };

  async verdicts() {
    return [...this.#verdicts.values()].sort((a, b) => a.sequence - b.sequence);
  }

  async setVerdict(given: Verdict): Promise<void> {
    this.#verdicts.set(keyOf(given), given);
  }

  async removeVerdict(file: Pick<Verdict, 'hash' | 'size'>): Promise<void> {
    this.#verdicts.delete(keyOf(file));
    await this.removeVotes(file);
  }

  async removeVotes(file: Pick<Verdict, 'hash' | 'size'>): Promise<void> {
    for (const [key, vote] of this.#votes) if (keyOf(vote) === keyOf(file)) this.#votes.delete(key);
  }

  async known(): Promise<Known> {
    return { ...this.#times, votes: [...this.#votes.values()], voters: [...this.#voters.values()] };
  }

  async save({ votes, voters, atMs, wallMs }: Known): Promise<void> {
    for (const vote of votes) this.#votes.set(`${keyOf(vote)} ${vote.node}`, vote);
    for (const voter of voters) this.#voters.set(voter.node, voter);
    this.#times = { atMs, wallMs };
  }
}
