import { toHex } from '../../contract/bytes.ts';
import type { Descriptor } from '../../contract/descriptor.ts';
import { AppError, toAppError } from '../../contract/errors.ts';
import { type ContentHash, isContentHash } from '../../contract/ids.ts';
import { toUtf8 } from '../../contract/utf8.ts';
import type { Clock, Logger, Sha256 } from '../ports/index.ts';
import { encodeDescriptor, toCarriableDescriptor } from '../wire/descriptor-xml.ts';
import { encodeFilesBatch, encodeFilesBatches, type FileKey, type FilesBatch } from '../wire/files-batch.ts';
import type { Holding } from '../wire/holding.ts';
import { HoldingDigest } from '../wire/holding-digest.ts';
import { FILES_BATCH_ENTRIES } from '../wire/limits.ts';

/** What this peer shares, as far as the overlay needs to know it. */
export interface SharedLibrary {
  /** Files after `after` in order of hash, each (hash, size) once, at most `limit`. */
  descriptors(after: ContentHash | undefined, limit: number): Promise<readonly Descriptor[]>;
  totals(): { readonly files: number; readonly bytes: number };
  onChange(listener: () => void): () => void;
}

/** What a supernode was given: by (hash, size) a fingerprint of the descriptor; `digest` as it answered last. */
export type Uploaded = { readonly files: Map<string, string>; digest: string };

/** By (hash, size). */
type Fingerprints = ReadonlyMap<string, string>;

/** `full`: it takes no more files of this peer. */
export type UploadAnswer = Holding | 'full';

export interface UploadTarget {
  /** More files of this peer are not sent. */
  readonly maxFiles: number;
  /** Fails with peer.busy when the same batch may be sent again later, with another code when this supernode is of no use. */
  send(packed: Uint8Array, batch: { readonly sequence: number; readonly reset: boolean }): Promise<UploadAnswer>;
  /** Called once, when uploading gave up. */
  failed(error: AppError): void;
}

export type MetadataUploadDeps = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly library: SharedLibrary;
  readonly sha256: Sha256;
  readonly gzip: (bytes: Uint8Array) => Promise<Uint8Array>;
};

/** Changes of the library are sent together: a folder of new files costs a few batches, not one each. */
const COALESCE_MS = 2000;
/** A busy supernode is asked again after 1, 2, … s; then it is given up. */
const BUSY_PAUSE_MS = 1000;
const BUSY_TRIES = 10;
/** Tells versions of one descriptor apart; not a defence. */
const FINGERPRINT_BYTES = 8;

/** Keeps one index (a parent's, or this peer's own) in step with the library: first what is missing there, then differences. */
export class MetadataUpload {
  readonly #deps: MetadataUploadDeps;
  readonly #target: UploadTarget;
  readonly #uploaded: Uploaded;
  readonly #stopped = new AbortController();
  #stopListening: (() => void) | undefined;
  #sequence = 0;
  /** The next batch replaces all that is held. */
  #reset = false;
  #isFull = false;
  #hasChanged = true;
  #wake: (() => void) | undefined;

  /** `uploaded` is kept up to date, so that it can be given again when the session was broken. */
  constructor(deps: MetadataUploadDeps, target: UploadTarget, uploaded: Uploaded) {
    this.#deps = deps;
    this.#target = target;
    this.#uploaded = uploaded;
  }

  /** Begins with what the other side says it holds: when that is not what was uploaded, everything is sent again. */
  start(held: Holding): void {
    this.#reset = held.digest !== this.#uploaded.digest;
    this.#stopListening = this.#deps.library.onChange(() => {
      this.#hasChanged = true;
      this.#wake?.();
    });
    void this.#run(held).catch((thrown: unknown) => {
      if (!this.#stopped.signal.aborted) this.#target.failed(toAppError(thrown));
    });
  }

  stop(): void {
    this.#stopped.abort();
    this.#stopListening?.();
    this.#wake?.();
  }

  async #run(held: Holding): Promise<void> {
    const { signal } = this.#stopped;
    if (this.#reset) await this.#believe(held);
    while (!signal.aborted) {
      if (!this.#hasChanged) await new Promise<void>((resolve) => (this.#wake = resolve));
      this.#hasChanged = false;
      await this.#synchronize();
      await this.#deps.clock.sleep(COALESCE_MS, signal);
    }
  }

  /** A supernode that kept the rows of this peer over a restart of this peer holds just what the library says. */
  async #believe(held: Holding): Promise<void> {
    const { files, digest } = await this.#scan();
    this.#uploaded.files.clear();
    if (digest !== held.digest) return;
    for (const [key, fingerprint] of files) this.#uploaded.files.set(key, fingerprint);
    this.#uploaded.digest = digest;
    this.#reset = false;
  }

  async #synchronize(): Promise<void> {
    const wanted = await this.#scan();
    const isDone = async () => {
      const removed = [...this.#uploaded.files.keys()].filter((key) => !wanted.files.has(key));
      await this.#send({ added: [], removed: removed.flatMap(toFileKey) }, wanted.files);
      const missing = [...wanted.files].some(([key, print]) => this.#uploaded.files.get(key) !== print);
      if (missing) await this.#sendAdded(wanted.files);
      if (this.#reset) await this.#sendDocument(encodeFilesBatch({ added: [], removed: [] }));
      return this.#isFull || this.#hasChanged || this.#uploaded.digest === wanted.digest;
    };
    if (await isDone()) return;
    this.#deps.logger.debug('an index differs from what was uploaded; all is sent again');
    this.#reset = true;
    this.#uploaded.files.clear();
    if (!(await isDone())) throw new AppError('peer.protocol', { address: 'the parent', why: 'its index differs' });
  }

  /** What was not there at the scan comes with the next one, which the change itself brings. */
  async #sendAdded(prints: Fingerprints): Promise<void> {
    for await (const page of this.#pages()) {
      const isMissing = (key: string) => prints.has(key) && this.#uploaded.files.get(key) !== prints.get(key);
      await this.#send({ added: page.filter((file) => isMissing(keyOf(file))), removed: [] }, prints);
      if (this.#isFull) return;
    }
  }

  async #send(batch: FilesBatch, prints: Fingerprints): Promise<void> {
    for (const part of inBatches(batch)) {
      for (const document of encodeFilesBatches(part)) await this.#sendDocument(document);
      if (this.#isFull) return;
      for (const { hash, size } of part.removed) this.#uploaded.files.delete(keyOf({ hash, size }));
      for (const file of part.added) this.#uploaded.files.set(keyOf(file), prints.get(keyOf(file)) ?? '');
    }
  }

  async #sendDocument(document: string): Promise<void> {
    const packed = await this.#deps.gzip(toUtf8(document));
    this.#sequence++;
    const answer = await this.#patiently(() =>
      this.#target.send(packed, { sequence: this.#sequence, reset: this.#reset }),
    );
    this.#reset = false;
    this.#isFull = answer === 'full';
    if (answer !== 'full') this.#uploaded.digest = answer.digest;
  }

  async #patiently(send: () => Promise<UploadAnswer>): Promise<UploadAnswer> {
    for (let tries = 1; ; tries++) {
      this.#stopped.signal.throwIfAborted();
      try {
        return await send();
      } catch (thrown) {
        if (toAppError(thrown).code !== 'peer.busy' || tries === BUSY_TRIES) throw thrown;
        await this.#deps.clock.sleep(tries * BUSY_PAUSE_MS, this.#stopped.signal);
      }
    }
  }

  async #scan(): Promise<{ readonly files: Fingerprints; readonly digest: string }> {
    const files = new Map<string, string>();
    const digest = new HoldingDigest(this.#deps.sha256);
    for await (const page of this.#pages()) {
      for (const file of page) {
        digest.add(file);
        files.set(keyOf(file), this.#fingerprint(file));
      }
    }
    return { files, digest: digest.value() };
  }

  /** As much of the library as a supernode takes of one child. */
  async *#pages(): AsyncGenerator<readonly Descriptor[]> {
    let left = this.#target.maxFiles;
    let after: ContentHash | undefined;
    while (left > 0) {
      this.#stopped.signal.throwIfAborted();
      const page = await this.#deps.library.descriptors(after, Math.min(left, FILES_BATCH_ENTRIES));
      if (page.length === 0) return;
      // As the other side will hold them, or its digest would differ for ever.
      yield page.map(toCarriableDescriptor);
      left -= page.length;
      after = page.at(-1)?.hash;
    }
  }

  #fingerprint(file: Descriptor): string {
    const bytes = toUtf8(encodeDescriptor(file));
    return toHex(this.#deps.sha256(bytes).subarray(0, FINGERPRINT_BYTES));
  }
}

const keyOf = ({ hash, size }: FileKey): string => `${hash}:${size}`;

function toFileKey(key: string): readonly FileKey[] {
  const [hash = '', size] = key.split(':');
  return isContentHash(hash) ? [{ hash, size: Number(size) }] : [];
}

function* inBatches({ added, removed }: FilesBatch): Generator<FilesBatch> {
  for (let at = 0; at < removed.length; at += FILES_BATCH_ENTRIES) {
    yield { added: [], removed: removed.slice(at, at + FILES_BATCH_ENTRIES) };
  }
  for (let at = 0; at < added.length; at += FILES_BATCH_ENTRIES) {
    yield { added: added.slice(at, at + FILES_BATCH_ENTRIES), removed: [] };
  }
}
