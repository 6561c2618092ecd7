import { toHex } from '../../contract/bytes.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Verdict } from '../../contract/votes.ts';
import type { Clock, Identity } from '../ports/index.ts';
import type { StoredVerdict, VoteStore } from '../store/vote-store.ts';
import { toSignedBytes, type VoteVerdict } from '../wire/votes.ts';
import { type FileKey, fileKey, type JudgedFile } from './judged-file.ts';

export type GivenVerdict = JudgedFile & { readonly name: string; readonly verdict: Verdict | null };

export type OwnVerdictsDeps = {
  readonly clock: Clock;
  readonly settings: () => Settings;
  readonly identity: Pick<Identity, 'sign'>;
  readonly store: Pick<VoteStore, 'verdicts' | 'setVerdict' | 'removeVerdict'>;
  readonly changed: (given: GivenVerdict) => void;
};

/** Verdicts of this user that are kept: many years, 5 MB. Beyond that the oldest is forgotten. */
const MAX_VERDICTS = 10_000;
const DAY_MS = 24 * 60 * 60_000;
/** Verdicts of one day have numbers of their own. */
const DAILY = 65_536;

/**
 * What this user says of files, and whether others are told: what was said while the setting votes.publish was off stays here. A sequence
 * number begins with this machine's day, so that a peer whose database was lost is still later than it was; others only compare numbers.
 */
export class OwnVerdicts {
  readonly #deps: OwnVerdictsDeps;
  /** In the order in which they were given. */
  readonly #verdicts = new Map<FileKey, StoredVerdict>();
  #sequence = 0;
  #changing: Promise<unknown> = Promise.resolve();

  constructor(deps: OwnVerdictsDeps) {
    this.#deps = deps;
  }

  async start(): Promise<void> {
    for (const stored of await this.#deps.store.verdicts()) {
      this.#verdicts.set(fileKey(stored), stored);
      this.#sequence = Math.max(this.#sequence, stored.sequence);
    }
  }

  /** What the user says of a file; nothing when it was taken back. */
  get(file: JudgedFile): (StoredVerdict & { readonly verdict: Verdict }) | undefined {
    const found = this.#verdicts.get(fileKey(file));
    return found && isSaid(found) ? found : undefined;
  }

  /** All that the user says now, the oldest first. */
  all(): readonly StoredVerdict[] {
    return [...this.#verdicts.values()].filter(isSaid);
  }

  /** What others may be told now, the newest first; `none` where they were told before. */
  told(): readonly StoredVerdict[] {
    if (!this.#deps.settings()['votes.publish']) return [];
    return [...this.#verdicts.values()].filter(({ isPublic }) => isPublic).reverse();
  }

  /** The same of one file, or of all that have its hash. */
  toldOf(hash: JudgedFile['hash'], size: number | undefined): readonly StoredVerdict[] {
    if (size === undefined) return this.told().filter((one) => one.hash === hash);
    const found = this.#verdicts.get(fileKey({ hash, size }));
    return found?.isPublic && this.#deps.settings()['votes.publish'] ? [found] : [];
  }

  /** Keeps what the user says; null takes it back. Gives whether others are told. Fails with disk.*. */
  set(given: GivenVerdict): Promise<{ readonly isPublic: boolean }> {
    const change = this.#changing.then(() => this.#set(given));
    // Whoever asked is told of a failure; the next one is none the worse for it.
    this.#changing = change.catch(() => undefined);
    return change;
  }

  async #set(given: GivenVerdict): Promise<{ readonly isPublic: boolean }> {
    const { hash, size, name } = given;
    const before = this.#verdicts.get(fileKey(given));
    const mayTell = this.#deps.settings()['votes.publish'];
    const verdict: VoteVerdict = given.verdict ?? 'none';
    if (verdict === 'none' && !(before?.isPublic && mayTell)) {
      if (before) await this.#forget(before);
      this.#deps.changed(given);
      return { isPublic: false };
    }
    const sequence = this.#next();
    const signature = toHex(this.#deps.identity.sign(toSignedBytes({ hash, size, verdict, sequence })));
    const stored = { hash, size, name, verdict, sequence, isPublic: mayTell, signature };
    await this.#deps.store.setVerdict(stored);
    this.#verdicts.delete(fileKey(given));
    this.#verdicts.set(fileKey(given), stored);
    const [oldest] = this.#verdicts.values();
    if (oldest && this.#verdicts.size > MAX_VERDICTS) await this.#forget(oldest);
    this.#deps.changed(given);
    return { isPublic: mayTell };
  }

  async #forget(verdict: StoredVerdict): Promise<void> {
    await this.#deps.store.removeVerdict(verdict);
    this.#verdicts.delete(fileKey(verdict));
  }

  #next(): number {
    const today = Math.max(0, Math.floor(this.#deps.clock.wallMs() / DAY_MS)) * DAILY;
    this.#sequence = Math.max(this.#sequence + 1, today);
    return this.#sequence;
  }
}

const isSaid = (stored: StoredVerdict): stored is StoredVerdict & { readonly verdict: Verdict } =>
  stored.verdict !== 'none';
