import type { ContentHash } from '../../contract/ids.ts';
import { isUntouched } from '../library/same-file.ts';
import type { Clock, FileStat } from '../ports/index.ts';
import type { ServedFile, ServedFiles } from './served-files.ts';

/**
 * A file in use by one request. `look`: whether it is still as it was when it was opened, and may still be sent; `isWithdrawn`: what is known of
 * that without a look at the file. `release` must be called once.
 */
export type Lease = ServedFile & { look(): Promise<boolean>; isWithdrawn(): boolean; release(): void };
export type Leased = Lease | 'gone' | 'unknown';

type Entry = {
  readonly hash: ContentHash;
  readonly file: ServedFile;
  readonly stat: FileStat;
  readonly openedMs: number;
  /** When it was last seen to be untouched. */
  lookedMs: number;
  users: number;
  kept: boolean;
  /** Not to be sent any more, even by who has it already. */
  isWithdrawn: boolean;
};
type Found = Entry | 'gone' | 'unknown';
type Opening = { readonly found: Promise<Found>; readonly state: { isWithdrawn: boolean } };
type Deps = {
  readonly files: ServedFiles;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly onError: (error: unknown) => void;
};

/** Ranges back to back share one open file for this long; then the library is asked again whether it still may be sent. */
const TRUST_MS = 1000;
/** Who asks for one range after another has each looked at as it ends: a look that is so recent serves for the beginning of the next. */
const LOOK_AGAIN_MS = 5;
/** Open files that nobody uses just now: far below any limit of file descriptors, above the slots of most peers. */
const MAX_UNUSED = 32;
/** Contents that were asked for: 1.5 MB at most. */
const MAX_REMEMBERED = 10_000;

/** Files open for sending. Opening costs several system calls, which a client that asks for small ranges would pay for each of them. */
export class OpenFiles {
  readonly #deps: Deps;
  readonly #entries = new Map<ContentHash, Entry>();
  /** Those and the ones that later requests do not get, but earlier ones still use. */
  readonly #unclosed = new Set<Entry>();
  readonly #opening = new Map<ContentHash, Opening>();
  /** Contents that were here in this run: that they are not any more is no fault of who named this peer for them. */
  readonly #hadOnce = new Set<ContentHash>();
  #isEnding = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Files open, in use or not. */
  get size(): number {
    return this.#entries.size;
  }

  async acquire(hash: ContentHash): Promise<Leased> {
    const open = this.#fresh(hash);
    if (open) {
      const lease = this.#lease(open);
      if (this.#wasSeen(open) || (await this.#isUntouched(open))) return lease;
      lease.release();
      if (this.#entries.get(hash) === open) this.#drop(open);
    }
    let found = await this.#openOnce(hash);
    // The library gave it before it was withdrawn: what does it say now?
    while (typeof found === 'object' && found.isWithdrawn) found = await this.#openOnce(hash);
    if (found === 'unknown') return this.#hadOnce.has(hash) ? 'gone' : 'unknown';
    this.#remember(hash);
    return found === 'gone' ? found : this.#lease(found);
  }

  /** Contents of which a file is open, or being opened. */
  contents(): readonly ContentHash[] {
    return [...new Set([...this.#unclosed].map(({ hash }) => hash).concat(...this.#opening.keys()))];
  }

  /** Whether the library gives it now. A failure to tell counts as no: nothing is sent that may not be shared. */
  async isGiven(hash: ContentHash): Promise<boolean> {
    try {
      const opened = await this.#deps.files.open(hash);
      if (opened.kind === 'open') await opened.file.handle.close();
      return opened.kind === 'open';
    } catch (error) {
      this.#deps.onError(error);
      return false;
    }
  }

  /** Withdraws what is open of it, or being opened. The next request opens the file anew, if it still may be sent. */
  forget(hash: ContentHash): void {
    const opening = this.#opening.get(hash);
    if (opening) opening.state.isWithdrawn = true;
    for (const entry of this.#unclosed) {
      if (entry.hash !== hash) continue;
      entry.isWithdrawn = true;
      this.#drop(entry);
    }
  }

  /** Closes what nobody uses and is too old to be used again. */
  closeUnused(): void {
    for (const entry of this.#entries.values()) if (entry.users === 0 && !this.#isFresh(entry)) this.#drop(entry);
  }

  /** From now on keeps nothing open any longer than it is in use. */
  closeAll(): void {
    this.#isEnding = true;
    for (const entry of this.#entries.values()) this.#drop(entry);
  }

  #remember(hash: ContentHash): void {
    this.#hadOnce.delete(hash);
    this.#hadOnce.add(hash);
    const [oldest] = this.#hadOnce;
    if (oldest !== undefined && this.#hadOnce.size > MAX_REMEMBERED) this.#hadOnce.delete(oldest);
  }

  #lease(entry: Entry): Lease {
    entry.users++;
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      entry.users--;
      this.#closeUnneeded(entry);
    };
    return { ...entry.file, look: () => this.#look(entry), isWithdrawn: () => entry.isWithdrawn, release };
  }

  async #look(entry: Entry): Promise<boolean> {
    const nowMs = this.#deps.clock.monotonicMs();
    const { part, handle } = entry.file;
    // A part changes all the time, but what of it was verified stays.
    const isSame = part ? part.isServed() : isUntouched(entry.stat, await handle.stat());
    // When the look began: what happens to the file from then on it may not have seen.
    entry.lookedMs = isSame ? nowMs : Number.NEGATIVE_INFINITY;
    return isSame && !entry.isWithdrawn;
  }

  #wasSeen({ lookedMs }: Entry): boolean {
    return this.#deps.clock.monotonicMs() - lookedMs < LOOK_AGAIN_MS;
  }

  /** An answer must not begin with a status that its bytes would belie. */
  async #isUntouched(entry: Entry): Promise<boolean> {
    try {
      return await this.#look(entry);
    } catch (error) {
      this.#deps.onError(error);
      return false;
    }
  }

  #fresh(hash: ContentHash): Entry | undefined {
    const entry = this.#entries.get(hash);
    return entry && this.#isFresh(entry) ? entry : undefined;
  }

  #isFresh(entry: Entry): boolean {
    return this.#deps.clock.monotonicMs() - entry.openedMs < TRUST_MS;
  }

  #openOnce(hash: ContentHash): Promise<Found> {
    const known = this.#opening.get(hash);
    if (known) return known.found;
    const state = { isWithdrawn: false };
    const found = this.#open(hash, state).finally(() => this.#opening.delete(hash));
    this.#opening.set(hash, { found, state });
    return found;
  }

  async #open(hash: ContentHash, state: Opening['state']): Promise<Found> {
    const opened = await this.#deps.files.open(hash);
    const before = this.#entries.get(hash);
    if (before) this.#drop(before);
    if (opened.kind !== 'open') return opened.kind;
    const { file } = opened;
    const openedMs = this.#deps.clock.monotonicMs();
    const stat = await this.#stat(file);
    const entry: Entry = { hash, file, stat, openedMs, lookedMs: openedMs, users: 0, kept: !this.#isEnding, ...state };
    this.#unclosed.add(entry);
    if (entry.kept) this.#entries.set(hash, entry);
    if (entry.isWithdrawn) this.#drop(entry);
    this.#closeSurplus();
    return entry;
  }

  async #stat({ handle }: ServedFile): Promise<FileStat> {
    try {
      return await handle.stat();
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  #closeSurplus(): void {
    const unused = [...this.#entries.values()].filter(({ users }) => users === 0);
    for (const entry of unused.slice(0, Math.max(0, unused.length - MAX_UNUSED))) this.#drop(entry);
  }

  #drop(entry: Entry): void {
    if (this.#entries.get(entry.hash) === entry) this.#entries.delete(entry.hash);
    entry.kept = false;
    this.#closeUnneeded(entry);
  }

  #closeUnneeded(entry: Entry): void {
    if (entry.users > 0 || entry.kept || !this.#unclosed.delete(entry)) return;
    entry.file.handle.close().catch(this.#deps.onError);
  }
}
