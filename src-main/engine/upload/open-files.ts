import type { ContentHash } from '../../contract/ids.ts';
import { isUntouched } from '../library/same-file.ts';
import type { Clock, FileStat } from '../ports/index.ts';
import type { ServedFile, ServedFiles } from './served-files.ts';

/** A file in use by one request. `look`: whether it is still as it was when it was opened; `release` must be called once. */
export type Lease = ServedFile & { look(): Promise<boolean>; release(): void };
export type Leased = Lease | 'gone' | 'unknown';

type Entry = {
  readonly file: ServedFile;
  readonly stat: FileStat;
  readonly openedMs: number;
  /** When it was last seen to be untouched. */
  lookedMs: number;
  users: number;
  kept: boolean;
};
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
  readonly #opening = new Map<ContentHash, Promise<Entry | 'gone' | 'unknown'>>();
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
      if (this.#entries.get(hash) === open) this.#drop(hash, open);
    }
    const found = await this.#openOnce(hash);
    if (found === 'unknown') return this.#hadOnce.has(hash) ? 'gone' : 'unknown';
    this.#remember(hash);
    return found === 'gone' ? found : this.#lease(found);
  }

  /** Contents of which a file is open, or being opened. */
  contents(): readonly ContentHash[] {
    return [...new Set([...this.#entries.keys(), ...this.#opening.keys()])];
  }

  /** The next request opens the file anew, if it still may be sent. */
  async forget(hash: ContentHash): Promise<void> {
    // What is being opened now was asked of the library before.
    await this.#opening.get(hash)?.catch(() => undefined);
    const entry = this.#entries.get(hash);
    if (entry) this.#drop(hash, entry);
  }

  /** Closes what nobody uses and is too old to be used again. */
  closeUnused(): void {
    for (const [hash, entry] of this.#entries) if (entry.users === 0 && !this.#isFresh(entry)) this.#drop(hash, entry);
  }

  /** From now on keeps nothing open any longer than it is in use. */
  closeAll(): void {
    this.#isEnding = true;
    for (const [hash, entry] of this.#entries) this.#drop(hash, entry);
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
    return { ...entry.file, look: () => this.#look(entry), release };
  }

  async #look(entry: Entry): Promise<boolean> {
    const nowMs = this.#deps.clock.monotonicMs();
    const { part, handle } = entry.file;
    // A part changes all the time, but what of it was verified stays.
    const isSame = part ? part.isServed() : isUntouched(entry.stat, await handle.stat());
    // When the look began: what happens to the file from then on it may not have seen.
    entry.lookedMs = isSame ? nowMs : Number.NEGATIVE_INFINITY;
    return isSame;
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

  #openOnce(hash: ContentHash): Promise<Entry | 'gone' | 'unknown'> {
    const opening = this.#opening.get(hash) ?? this.#open(hash).finally(() => this.#opening.delete(hash));
    this.#opening.set(hash, opening);
    return opening;
  }

  async #open(hash: ContentHash): Promise<Entry | 'gone' | 'unknown'> {
    const opened = await this.#deps.files.open(hash);
    const before = this.#entries.get(hash);
    if (before) this.#drop(hash, before);
    if (opened.kind !== 'open') return opened.kind;
    const { file } = opened;
    const openedMs = this.#deps.clock.monotonicMs();
    const stat = await this.#stat(file);
    const entry: Entry = { file, stat, openedMs, lookedMs: openedMs, users: 0, kept: !this.#isEnding };
    if (entry.kept) this.#entries.set(hash, entry);
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
    const unused = [...this.#entries].filter(([, entry]) => entry.users === 0);
    for (const [hash, entry] of unused.slice(0, Math.max(0, unused.length - MAX_UNUSED))) this.#drop(hash, entry);
  }

  #drop(hash: ContentHash, entry: Entry): void {
    this.#entries.delete(hash);
    entry.kept = false;
    this.#closeUnneeded(entry);
  }

  #closeUnneeded(entry: Entry): void {
    if (entry.users > 0 || entry.kept) return;
    entry.file.handle.close().catch(this.#deps.onError);
  }
}
