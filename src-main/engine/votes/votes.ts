import type { ContentHash, NodeId } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Opinion } from '../../contract/votes.ts';
import type {
  Clock,
  Identity,
  IncomingRequest,
  Links,
  Logger,
  OutgoingResponse,
  Random,
  Remote,
  Sha256,
  VerifySignature,
} from '../ports/index.ts';
import { setLast } from '../set-last.ts';
import type { VoteKeeper } from '../store/vote-store.ts';
import { VOTES_PER_MESSAGE } from '../wire/limits.ts';
import type { Votes as VotesMessage } from '../wire/messages/votes.ts';
import type { ListedVote } from '../wire/votes.ts';
import { ChildVotes, type VotingChild } from './child-votes.ts';
import { Gathering, type VoteTeller } from './gathering.ts';
import { type FileKey, fileKey, type JudgedFile } from './judged-file.ts';
import { KnownVotes } from './known-votes.ts';
import { type FindVotes, type HeardOfVotes, Looks } from './looks.ts';
import { type GivenVerdict, OwnVerdicts } from './own-verdicts.ts';
import { PassedVotes } from './passed-votes.ts';
import { ToldVotes } from './told-votes.ts';
import { VotesAnswer } from './votes-answer.ts';
import { judge } from './weight.ts';

export type VotesDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings: () => Settings;
  readonly identity: Identity;
  readonly links: Pick<Links, 'request'>;
  readonly sha256: Sha256;
  readonly verify: VerifySignature;
  readonly store: VoteKeeper;
  /** Has the supernode that runs this peer's searches look for votes on a file. */
  readonly find: FindVotes;
  readonly strike: (remote: Remote, why: string) => void;
  readonly isBlocked?: ((hash: ContentHash) => boolean) | undefined;
  /** Others say something else of a file, or the user does. */
  readonly changed: (opinion: Opinion) => void;
};

/** Opinions that are kept as they were worked out: of every row that a page shows. */
const MAX_OPINIONS = 5000;

/** What this user and others say that files are (docs/adr/0030-votes.md). */
export class Votes {
  readonly #deps: VotesDeps;
  readonly #own: OwnVerdicts;
  readonly #known: KnownVotes;
  readonly #children: ChildVotes;
  readonly #told: ToldVotes;
  readonly #answer: VotesAnswer;
  readonly #passed: PassedVotes;
  readonly #gathering: Gathering;
  readonly #looks: Looks;
  readonly #opinions = new Map<FileKey, Opinion>();
  readonly #verdictListeners = new Set<(given: GivenVerdict) => void>();

  constructor(deps: VotesDeps) {
    this.#deps = deps;
    this.#own = new OwnVerdicts({ ...deps, changed: (given) => this.#judged(given) });
    this.#known = new KnownVotes({
      ...deps,
      own: (file) => this.#own.get(file),
      changed: (file) => this.#changed(file),
    });
    this.#children = new ChildVotes(deps);
    this.#told = new ToldVotes({ ...deps, own: this.#own });
    this.#answer = new VotesAnswer({ ...deps, own: this.#own, children: this.#children });
    this.#gathering = new Gathering({ ...deps, self: deps.identity.nodeId, known: this.#known });
    this.#passed = new PassedVotes(deps);
    this.#looks = new Looks({ ...deps, heard: this.#gathering, judged: () => this.#own.all() });
  }

  async start(): Promise<void> {
    await this.#own.start();
    await this.#known.start();
    this.#looks.start();
  }

  /** Writes what changed. Idempotent. */
  async stop(): Promise<void> {
    this.#looks.stop();
    this.#gathering.stop();
    await this.#known.stop();
  }

  /** Keeps what the user says a file is; null takes it back. Gives whether others are told. Fails with disk.*. */
  async set(given: GivenVerdict): Promise<{ readonly isPublic: boolean }> {
    return this.#own.set(given);
  }

  /** What others say of a file, as far as this peer knows it now. */
  opinion(file: JudgedFile): Opinion {
    const key = fileKey(file);
    const own = this.#own.get(file);
    const opinion = this.#opinions.get(key) ?? {
      ...{ hash: file.hash, size: file.size, ...judge(this.#known.votes(file)) },
      ...{ own: own?.verdict ?? null, isPublic: own?.isPublic ?? false },
    };
    setLast(this.#opinions, [key, opinion], MAX_OPINIONS);
    return opinion;
  }

  /** Finds out more of what others say of a file, in the background; `changed` tells what comes of it. */
  look(file: JudgedFile): void {
    for (const { hash, size, node, verdict, sequence, block } of this.#children.of(
      file.hash,
      file.size,
      VOTES_PER_MESSAGE,
    ))
      this.#known.add({ hash, size, node, verdict, sequence, block, isDirect: true });
    this.#looks.look(file);
  }

  /** A running download heard of a source, which may know what the file is. */
  heard(file: JudgedFile, source: VoteTeller): void {
    this.#gathering.heard(file, source);
  }

  /** For a query by hash that goes out anyway: what it may bring of votes; undefined when that is known already. */
  beside(file: JudgedFile): HeardOfVotes | undefined {
    return this.#looks.beside(file);
  }

  /** What this peer and its children say of a file, as much as one message takes. */
  told({ hash, size }: JudgedFile): readonly ListedVote[] {
    return this.#answer.told(hash, size);
  }

  /** Those of the votes on a file that another supernode told which may be passed on to a child. */
  check(...what: Parameters<PassedVotes['check']>): Promise<readonly ListedVote[]> {
    return this.#passed.check(...what);
  }

  /** `GET /content/<hash>/votes`; undefined for other paths. */
  handle(request: IncomingRequest): OutgoingResponse | undefined {
    return this.#answer.answer(request);
  }

  /** Calls `listener` on what the user says of files (null: taken back) until the returned function is called. */
  onVerdict(listener: (given: GivenVerdict) => void): () => void {
    this.#verdictListeners.add(listener);
    return () => this.#verdictListeners.delete(listener);
  }

  /** To be called after a change of votes.publish. */
  settingChanged(): void {
    this.#told.settingChanged();
  }

  /** A child of this supernode brought votes. */
  fromChild(child: VotingChild, message: VotesMessage): void {
    this.#children.take(child, message);
  }

  childGone(node: NodeId): void {
    this.#children.gone(node);
  }

  /** Tells a parent what this user says, until the returned function is called. */
  toParent(send: (message: VotesMessage) => void): () => void {
    return this.#told.toParent(send);
  }

  #judged(given: GivenVerdict): void {
    if (given.verdict === null) this.#known.forgotten(given);
    else this.#known.judged(given);
    // Everybody is known a little better or worse now.
    this.#opinions.clear();
    this.#told.changed(given);
    for (const listener of this.#verdictListeners) listener(given);
    this.#deps.changed(this.opinion(given));
    if (given.verdict !== null) this.look(given);
  }

  #changed(file: JudgedFile): void {
    // A vote on a file that the user judged makes its voter known, whatever else that one said.
    if (this.#own.get(file)) this.#opinions.clear();
    else this.#opinions.delete(fileKey(file));
    this.#deps.changed(this.opinion(file));
  }
}
