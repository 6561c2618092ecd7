import { toAppError } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { Clock, Logger, Timer } from '../ports/index.ts';
import type { StoredVote, VoteStore } from '../store/vote-store.ts';
import type { VoteVerdict } from '../wire/votes.ts';
import { type FileKey, fileKey, type JudgedFile } from './judged-file.ts';
import { OwnTime } from './own-time.ts';
import type { VoterRecord, WeighedVote } from './weight.ts';

/** A vote whose signature was found to be its voter's. */
export type HeardVote = JudgedFile & {
  readonly node: NodeId;
  readonly verdict: VoteVerdict;
  readonly sequence: number;
  /** Of the address that it came from: the voter's own (`isDirect`), or that of who told it. */
  readonly block: string;
  readonly isDirect: boolean;
  /** The block of who passed it on, when that is another one than told it. */
  readonly via?: string | undefined;
};
/** Over restarts it is not remembered who passed it on: what was said of files that the user judged decides nothing there. */
type KeptVote = StoredVote & Pick<HeardVote, 'via'>;

export type KnownVotesDeps = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: Pick<VoteStore, 'known' | 'save' | 'removeVotes'>;
  /** What the user says of a file, and whether others could know it. */
  readonly own: (file: JudgedFile) => { readonly verdict: VoteVerdict; readonly isPublic: boolean } | undefined;
  readonly changed: (file: JudgedFile) => void;
};

type Voter = { readonly metMs: number; readonly block: string | null };

/** Files of which votes are kept while the user has said nothing of them: a few pages of results. */
const MAX_FILES = 2000;
/** Votes on all of them: 10 MB. Beyond that those on the file heard of longest ago go. */
const MAX_OTHERS = 20_000;
/** Votes on files that the user judged, on disk too: 10 MB. Beyond that those on the file judged first go. */
const MAX_JUDGED = 20_000;
const VOTES_OF_FILE = 128;
/** Of one file and one block, votes of those of whom nothing is known: they weigh as one anyway. */
const STRANGERS_OF_BLOCK = 8;
const MAX_VOTERS = 20_000;
const SAVE_AFTER_MS = 5000;
/** What came after others could know what the user says may only repeat it. */
const ECHO = 0.25;
const NO_RECORD: VoterRecord = { agreed: 0, disagreed: 0 };

/** What others say of files, and how far each agreed with the user before. In memory; what concerns files that the user judged on disk too. */
export class KnownVotes {
  readonly #deps: KnownVotesDeps;
  readonly #time: OwnTime;
  readonly #judged = new Map<FileKey, Map<NodeId, KeptVote>>();
  readonly #others = new Map<FileKey, Map<NodeId, KeptVote>>();
  readonly #voters = new Map<NodeId, Voter>();
  /** Of each voter, the files that both judged. */
  readonly #shared = new Map<NodeId, Set<FileKey>>();
  /** How far each voter agreed, and the faults of each block, as far as they were reckoned since they changed. */
  readonly #records = new Map<NodeId, VoterRecord>();
  #blockFaults: ReadonlyMap<string, number> | undefined;
  #judgedVotes = 0;
  #otherVotes = 0;
  readonly #unsaved = new Map<string, StoredVote>();
  #saving: Promise<void> = Promise.resolve();
  #timer: Timer | undefined;

  constructor(deps: KnownVotesDeps) {
    this.#deps = deps;
    this.#time = new OwnTime(deps.clock);
  }

  /** After the user's own verdicts are there. */
  async start(): Promise<void> {
    const { votes, voters, ...times } = await this.#deps.store.known();
    this.#time.resume(times);
    for (const { node, metMs, block } of voters) this.#voters.set(node, { metMs: Math.min(metMs, times.atMs), block });
    for (const vote of votes) if (this.#deps.own(vote)) this.#keep(vote);
  }

  /** Writes what changed. Idempotent. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#saving = this.#saving.then(() => this.#save());
    await this.#saving;
  }

  /** Whether a vote says something that is not known yet: only then its signature is worth checking. */
  isNews({ node, sequence, ...file }: Pick<HeardVote, 'hash' | 'size' | 'node' | 'sequence'>): boolean {
    return (this.#of(file)?.get(node)?.sequence ?? 0) < sequence;
  }

  add({ isDirect, ...vote }: HeardVote): void {
    const own = this.#deps.own(vote);
    const before = this.#of(vote)?.get(vote.node);
    this.met(vote.node, isDirect ? vote.block : undefined);
    if (!this.isNews(vote) || (!before && (vote.verdict === 'none' || !this.#hasRoom(vote)))) return;
    const first = { judged: vote.verdict, isEcho: own?.isPublic ?? false };
    const { judged, isEcho } = before && own ? before : first;
    const stored = { ...vote, judged, isEcho };
    if (own) this.#keep(stored);
    else this.#remember(stored);
    if (own) this.#changed(stored);
    this.#deps.changed(vote);
  }

  /** A voter was heard of; `block`: where it was met itself, by its key. */
  met(node: NodeId, block: string | undefined): void {
    const known = this.#voters.get(node);
    const voter = { metMs: known?.metMs ?? this.#time.nowMs(), block: block ?? known?.block ?? null };
    if (known?.block !== voter.block) this.#blockFaults = undefined;
    this.#voters.set(node, voter);
    if (this.#voters.size <= MAX_VOTERS) return;
    for (const other of this.#voters.keys()) {
      if (other === node || this.#shared.has(other)) continue;
      this.#voters.delete(other);
      return;
    }
  }

  /** The user said something of a file: from now on others are known by what they said of it. */
  judged(file: JudgedFile): void {
    const key = fileKey(file);
    const heard = this.#others.get(key);
    this.#forgetOther(key);
    for (const vote of heard?.values() ?? []) {
      const stored = { ...vote, judged: vote.verdict, isEcho: false };
      this.#keep(stored);
      this.#changed(stored);
    }
    this.#reckonAnew(this.#judged.get(key)?.keys() ?? []);
  }

  /** The user takes back what was said: nobody is known by it any more. */
  forgotten(file: JudgedFile): void {
    const votes = this.#drop(fileKey(file));
    for (const vote of votes) this.#remember(vote);
    if (votes.length > 0) this.#removeVotes(file);
  }

  /** All that is said of a file now, as it counts: by what voters said of other files, for what is said here is the question. */
  votes(file: JudgedFile): readonly WeighedVote[] {
    const weighed: WeighedVote[] = [];
    const key = fileKey(file);
    const faultsHere = this.#countFaultsHere(key);
    this.#blockFaults ??= this.#countFaults();
    for (const { node, verdict, block, via } of this.#of(file)?.values() ?? []) {
      if (verdict === 'none') continue;
      const voter = this.#voters.get(node);
      const [all, here] = [this.#record(node), this.#agreement(key, node)];
      const [agreed, disagreed] = [all.agreed - here.agreed, all.disagreed - here.disagreed];
      const at = voter?.block;
      // One operator has many keys: what voters of a block that were met there said against the user counts for all of them.
      const faults = at ? (this.#blockFaults.get(at) ?? 0) - (faultsHere.get(at) ?? 0) : 0;
      weighed.push({
        ...{ verdict, agreed, disagreed: Math.max(disagreed, faults) },
        block: at ?? block,
        // Where this peer met it itself nobody made it up.
        via: at ? undefined : via,
        ageMs: this.#time.nowMs() - (voter?.metMs ?? this.#time.nowMs()),
      });
    }
    return weighed;
  }

  /** How far a voter and this user said the same of the same files. */
  #record(node: NodeId): VoterRecord {
    const shared = this.#shared.get(node);
    // Strangers have none, and are as many as somebody likes.
    if (!shared) return NO_RECORD;
    const known = this.#records.get(node);
    if (known) return known;
    let [agreed, disagreed] = [0, 0];
    for (const key of shared) {
      const here = this.#agreement(key, node);
      agreed += here.agreed;
      disagreed += here.disagreed;
    }
    const record = { agreed, disagreed };
    this.#records.set(node, record);
    return record;
  }

  /** The same of one file. */
  #agreement(key: FileKey, node: NodeId): VoterRecord {
    const vote = this.#judged.get(key)?.get(node);
    const own = vote && this.#deps.own(vote);
    if (!vote || !own) return NO_RECORD;
    const mine = sideOf(own.verdict);
    // Who says something else when it has been found out has said what it said.
    const isAgainst = [vote.judged, vote.verdict].some((verdict) => sideOf(verdict) === -mine);
    if (isAgainst) return { agreed: 0, disagreed: 1 };
    return sideOf(vote.judged) === mine ? { agreed: vote.isEcho ? ECHO : 1, disagreed: 0 } : NO_RECORD;
  }

  #of(file: JudgedFile): ReadonlyMap<NodeId, KeptVote> | undefined {
    return this.#judged.get(fileKey(file)) ?? this.#others.get(fileKey(file));
  }

  /** Strangers find no room where many of their block are, or where all is taken; those who are known by other files displace strangers. */
  #hasRoom(vote: Pick<HeardVote, 'hash' | 'size' | 'node' | 'block'>): boolean {
    const key = fileKey(vote);
    const judged = this.#judged.get(key);
    const votes = judged ?? this.#others.get(key);
    if (!votes) return true;
    const isStranger = (node: NodeId) => {
      const files = this.#shared.get(node);
      return files === undefined || (files.size === 1 && files.has(key));
    };
    if (isStranger(vote.node)) {
      const ofBlock = [...votes.values()].filter(({ node, block }) => block === vote.block && isStranger(node));
      return ofBlock.length < STRANGERS_OF_BLOCK && votes.size < VOTES_OF_FILE;
    }
    if (judged || votes.size < VOTES_OF_FILE) return votes.size < 2 * VOTES_OF_FILE;
    const stranger = [...votes.keys()].find(isStranger);
    if (stranger === undefined) return false;
    votes.delete(stranger);
    this.#otherVotes--;
    return true;
  }

  #remember(vote: KeptVote): void {
    const key = fileKey(vote);
    const votes = this.#others.get(key) ?? new Map<NodeId, KeptVote>();
    if (!votes.has(vote.node)) this.#otherVotes++;
    votes.set(vote.node, vote);
    this.#others.delete(key);
    this.#others.set(key, votes);
    while (this.#others.size > MAX_FILES || this.#otherVotes > MAX_OTHERS) {
      const [oldest] = this.#others.keys();
      if (oldest === undefined || oldest === key) return;
      this.#forgetOther(oldest);
    }
  }

  #forgetOther(key: FileKey): void {
    this.#otherVotes -= this.#others.get(key)?.size ?? 0;
    this.#others.delete(key);
  }

  #keep(vote: KeptVote): void {
    const key = fileKey(vote);
    const votes = this.#judged.get(key) ?? new Map<NodeId, KeptVote>();
    this.#judged.set(key, votes);
    if (!votes.has(vote.node)) this.#judgedVotes++;
    votes.set(vote.node, vote);
    const shared = this.#shared.get(vote.node) ?? new Set();
    this.#shared.set(vote.node, shared.add(key));
    this.#reckonAnew([vote.node]);
    const [first = key] = this.#judged.keys();
    if (this.#judgedVotes <= MAX_JUDGED || first === key) return;
    const [dropped] = this.#drop(first);
    if (dropped) this.#removeVotes(dropped);
  }

  #drop(key: FileKey): readonly KeptVote[] {
    const votes = [...(this.#judged.get(key)?.values() ?? [])];
    this.#judged.delete(key);
    this.#judgedVotes -= votes.length;
    this.#reckonAnew(votes.map(({ node }) => node));
    for (const { node } of votes) {
      this.#unsaved.delete(`${key} ${node}`);
      const shared = this.#shared.get(node);
      shared?.delete(key);
      if (shared?.size === 0) this.#shared.delete(node);
    }
    return votes;
  }

  /** By block, what voters that were met there said against the user. */
  #countFaults(): Map<string, number> {
    const faults = new Map<string, number>();
    for (const node of this.#shared.keys()) this.#countFault(faults, node, this.#record(node));
    return faults;
  }

  /** The same of one file alone. */
  #countFaultsHere(key: FileKey): ReadonlyMap<string, number> {
    const faults = new Map<string, number>();
    for (const node of this.#judged.get(key)?.keys() ?? []) this.#countFault(faults, node, this.#agreement(key, node));
    return faults;
  }

  #countFault(faults: Map<string, number>, node: NodeId, { disagreed }: VoterRecord): void {
    const at = this.#voters.get(node)?.block;
    if (at && disagreed > 0) faults.set(at, (faults.get(at) ?? 0) + disagreed);
  }

  /** These voters agree with the user otherwise than before. */
  #reckonAnew(nodes: Iterable<NodeId>): void {
    this.#blockFaults = undefined;
    for (const node of nodes) this.#records.delete(node);
  }

  #changed(vote: StoredVote): void {
    this.#unsaved.set(`${fileKey(vote)} ${vote.node}`, vote);
    this.#timer ??= this.#deps.clock.setTimer(SAVE_AFTER_MS, () => {
      this.#timer = undefined;
      this.#saving = this.#saving.then(() => this.#save());
    });
  }

  async #save(): Promise<void> {
    const { store, clock } = this.#deps;
    const votes = [...this.#unsaved.values()];
    if (votes.length === 0) return;
    this.#unsaved.clear();
    const nodes = new Set(votes.map(({ node }) => node));
    const voters = [...nodes].flatMap((node) => {
      const voter = this.#voters.get(node);
      return voter ? [{ node, ...voter }] : [];
    });
    try {
      await store.save({ atMs: this.#time.nowMs(), wallMs: clock.wallMs(), votes, voters });
    } catch (thrown) {
      // Written with the next ones.
      for (const vote of votes) this.#unsaved.set(`${fileKey(vote)} ${vote.node}`, vote);
      this.#notSaved(thrown);
    }
  }

  #removeVotes(file: JudgedFile): void {
    this.#deps.store.removeVotes(file).catch((thrown: unknown) => this.#notSaved(thrown));
  }

  #notSaved(thrown: unknown): void {
    this.#deps.logger.debug('votes are not recorded', { why: toAppError(thrown).message });
  }
}

const sideOf = (verdict: VoteVerdict): number => {
  if (verdict === 'none') return 0;
  return verdict === 'good' ? 1 : -1;
};
