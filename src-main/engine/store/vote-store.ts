import { type ContentHash, isContentHash, isNodeId, type NodeId } from '../../contract/ids.ts';
import type { Database, Statement } from '../ports/index.ts';
import { isVoteVerdict, type VoteVerdict } from '../wire/votes.ts';

type File = { readonly hash: ContentHash; readonly size: number };

/** What the user says of a file. */
export type StoredVerdict = File & {
  readonly verdict: VoteVerdict;
  /** As the user saw it. */
  readonly name: string;
  readonly sequence: number;
  readonly isPublic: boolean;
  readonly signature: string;
};
/** What another peer says of a file that the user judged. */
export type StoredVote = File & {
  readonly node: NodeId;
  readonly verdict: VoteVerdict;
  readonly sequence: number;
  /** Where it came from. */
  readonly block: string;
  /** What it said when the user judged, or when this peer heard of it first. */
  readonly judged: VoteVerdict;
  /** It came when others could know what the user says. */
  readonly isEcho: boolean;
};
export type StoredVoter = { readonly node: NodeId; readonly metMs: number; readonly block: string | null };
type Times = { readonly atMs: number; readonly wallMs: number };

type VerdictRow = Omit<StoredVerdict, 'hash' | 'isPublic' | 'verdict'> & {
  readonly hash: string;
  readonly verdict: string;
  readonly is_public: number;
};
type VoteRow = {
  readonly hash: string;
  readonly size: number;
  readonly node: string;
  readonly verdict: string;
  readonly sequence: number;
  readonly block: string;
  readonly judged: string;
  readonly is_echo: number;
};
type VoterRow = { readonly node: string; readonly met_ms: number; readonly block: string | null };

const VERDICTS = 'SELECT hash, size, verdict, name, sequence, is_public, signature FROM verdicts ORDER BY sequence';
const SET_VERDICT = `INSERT OR REPLACE INTO verdicts (hash, size, verdict, name, sequence, is_public, signature)
  VALUES (?, ?, ?, ?, ?, ?, ?)`;
const REMOVE_VERDICT = 'DELETE FROM verdicts WHERE hash = ? AND size = ?';
const REMOVE_VOTES = 'DELETE FROM votes_known WHERE hash = ? AND size = ?';
const VOTES = 'SELECT hash, size, node, verdict, sequence, block, judged, is_echo FROM votes_known';
const SET_VOTE = `INSERT OR REPLACE INTO votes_known (hash, size, node, verdict, sequence, block, judged, is_echo)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
const VOTERS = 'SELECT node, met_ms, block FROM voters';
const SET_VOTER = 'INSERT OR REPLACE INTO voters (node, met_ms, block) VALUES (?, ?, ?)';
const REMOVE_IDLE_VOTERS = 'DELETE FROM voters WHERE node NOT IN (SELECT node FROM votes_known)';
const CLOCK = 'SELECT at_ms, wall_ms FROM votes_clock WHERE id = 1';
const SET_CLOCK = 'INSERT OR REPLACE INTO votes_clock (id, at_ms, wall_ms) VALUES (1, ?, ?)';

/** The tables behind the votes: what the user says, what others say of the same files, and who they are. */
export class VoteStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** In the order in which they were given. */
  async verdicts(): Promise<readonly StoredVerdict[]> {
    const rows = await this.#database.all<VerdictRow>(VERDICTS);
    return rows.flatMap(({ hash, verdict, is_public, ...rest }) =>
      isContentHash(hash) && isVoteVerdict(verdict) ? [{ ...rest, hash, verdict, isPublic: is_public === 1 }] : [],
    );
  }

  async setVerdict(given: StoredVerdict): Promise<void> {
    const { hash, size, verdict, name, sequence, isPublic, signature } = given;
    const params = [hash, size, verdict, name, sequence, isPublic ? 1 : 0, signature];
    await this.#database.transact([{ sql: SET_VERDICT, params }]);
  }

  /** With what others say of it. */
  async removeVerdict({ hash, size }: File): Promise<void> {
    const params = [hash, size];
    await this.#database.transact([
      { sql: REMOVE_VERDICT, params },
      { sql: REMOVE_VOTES, params },
    ]);
  }

  async removeVotes({ hash, size }: File): Promise<void> {
    await this.#database.transact([{ sql: REMOVE_VOTES, params: [hash, size] }]);
  }

  /** Times are 0 before anything was written. */
  async known(): Promise<Times & { readonly votes: readonly StoredVote[]; readonly voters: readonly StoredVoter[] }> {
    await this.#database.transact([{ sql: REMOVE_IDLE_VOTERS }]);
    const [clock] = await this.#database.all<{ at_ms: number; wall_ms: number }>(CLOCK);
    const votes = await this.#database.all<VoteRow>(VOTES);
    const voters = await this.#database.all<VoterRow>(VOTERS);
    return {
      atMs: clock?.at_ms ?? 0,
      wallMs: clock?.wall_ms ?? 0,
      votes: votes.flatMap(toVote),
      voters: voters.flatMap(({ node, met_ms: metMs, block }) => (isNodeId(node) ? [{ node, metMs, block }] : [])),
    };
  }

  /** One transaction. */
  async save(
    of: Times & { readonly votes: readonly StoredVote[]; readonly voters: readonly StoredVoter[] },
  ): Promise<void> {
    const votes = of.votes.map(({ hash, size, node, verdict, sequence, block, judged, isEcho }): Statement => {
      return { sql: SET_VOTE, params: [hash, size, node, verdict, sequence, block, judged, isEcho ? 1 : 0] };
    });
    const voters = of.voters.map(({ node, metMs, block }) => ({
      sql: SET_VOTER,
      params: [node, Math.round(metMs), block],
    }));
    const clock = { sql: SET_CLOCK, params: [Math.round(of.atMs), Math.round(of.wallMs)] };
    await this.#database.transact([...votes, ...voters, clock]);
  }
}

function toVote({ hash, node, verdict, judged, is_echo, ...rest }: VoteRow): StoredVote[] {
  if (!isContentHash(hash) || !isNodeId(node) || !isVoteVerdict(verdict) || !isVoteVerdict(judged)) return [];
  return [{ ...rest, hash, node, verdict, judged, isEcho: is_echo === 1 }];
}

/** What the votes need of it. */
export type VoteKeeper = Pick<
  VoteStore,
  'verdicts' | 'setVerdict' | 'removeVerdict' | 'removeVotes' | 'known' | 'save'
>;
