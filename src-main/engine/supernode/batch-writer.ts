import type { IndexLimits } from '../ports/index.ts';
import type { FileKey, FilesBatch } from '../wire/files-batch.ts';
import type { DigestedFile } from '../wire/holding-digest.ts';
import { FILES_OF_NEARLY_ONE_HASH } from '../wire/limits.ts';
import { type ContentRows, contentKey } from './content-rows.ts';
import type { FullText, TextRow } from './full-text.ts';
import type { HeldRows } from './held-rows.ts';
import { fromIndexedText, toIndexedText } from './indexed-text.ts';
import { toIndexedWords } from './indexed-words.ts';
import type { NewRow } from './row-block.ts';
import { signatureOfWords } from './row-signature.ts';

export type BatchWriterDeps = {
  readonly contents: ContentRows;
  readonly fullText: FullText;
  /** Memory of all rows, UTF-16 units. */
  readonly units: () => number;
  readonly maxUnits: number;
};

/** Rows written before others get a turn: less than 1 ms. */
const SLICE_ROWS = 100;
/** When half of the memory is taken, a child may not grow beyond this share, some 3,000 usual files: a few with very much leave room for all others. */
const FAIR_SHARE = 1 / 256;

type Added = { readonly file: DigestedFile; readonly row: NewRow };
type Removed = DigestedFile & TextRow & { readonly key: number; readonly bytes: number };
type Changes = { readonly removed: readonly Removed[]; readonly added: readonly Added[] };
type Totals = { readonly files: number; readonly bytes: number };

/** Brings the changes of an upload batch into the rows of a child, all or none. */
export class BatchWriter {
  readonly #deps: BatchWriterDeps;

  constructor(deps: BatchWriterDeps) {
    this.#deps = deps;
  }

  /** Undefined, or why it would exceed the limits. Yields between small parts. */
  *write(rows: HeldRows, batch: FilesBatch, limits: IndexLimits): Generator<void, string | undefined> {
    const changes = yield* this.#plan(rows, batch);
    if (changes === undefined) return `more than ${FILES_OF_NEARLY_ONE_HASH} files of nearly one hash`;
    const totals = totalsAfter(rows, changes);
    if (totals.files > limits.files) return `more than ${limits.files} files`;
    if (totals.bytes > limits.bytes) return `more than ${limits.bytes} bytes of descriptors`;
    if (!rows.hasIds(changes.added.length)) return 'too many changes';
    if (changes.added.length > 0 && this.#isFullFor(totals, limits)) return 'this supernode is full';
    // Nothing can fail any more: rows and figures always agree.
    yield* this.#remove(rows, changes.removed);
    yield* this.#add(rows, changes.added);
    rows.files = totals.files;
    rows.bytes = totals.bytes;
    return undefined;
  }

  /** For its own files, which have no limit, a supernode is never full. */
  #isFullFor({ bytes }: Totals, limits: IndexLimits): boolean {
    const { units, maxUnits } = this.#deps;
    if (limits.bytes > maxUnits) return false;
    const taken = units();
    return taken > maxUnits || (taken > maxUnits / 2 && bytes > FAIR_SHARE * maxUnits);
  }

  /** A file that is added again replaces the one before; of two with one key in a batch the later counts. Undefined: too many of a content key. */
  *#plan(rows: HeldRows, { added, removed }: FilesBatch): Generator<void, Changes | undefined> {
    const latest = new Map(added.map((file) => [keyOf(file), file]));
    yield;
    const gone = new Map<number, Removed>();
    for (const [at, file] of [...removed, ...latest.values()].entries()) {
      for (const row of this.#held(rows, file)) gone.set(row.id, row);
      if ((at + 1) % SLICE_ROWS === 0) yield;
    }
    yield;
    const changed: Added[] = [];
    const ofKey = new Map<number, number>();
    for (const file of latest.values()) {
      const { hash, size, type, extracted } = file;
      const words = toIndexedWords(file);
      const texts = { words, descriptor: toIndexedText(file), signature: signatureOfWords(words) };
      const key = contentKey(hash);
      const row = { hash, key, size, type, year: extracted.year, ...texts };
      const before = ofKey.get(key) ?? this.#idsOf(rows, key).filter((id) => !gone.has(id)).length;
      if (before >= FILES_OF_NEARLY_ONE_HASH) return undefined;
      ofKey.set(key, before + 1);
      if (changed.push({ file, row }) % SLICE_ROWS === 0) yield;
    }
    return { removed: [...gone.values()], added: changed };
  }

  /** Rows of this child with this content key. */
  #idsOf(rows: HeldRows, key: number): readonly number[] {
    return this.#deps.contents.idsOf(key).filter((id) => rows.find(id) !== undefined);
  }

  /** Rows of this child with this content: one or none. */
  #held(rows: HeldRows, { hash, size }: FileKey): Removed[] {
    if (rows.files === 0) return [];
    const key = contentKey(hash);
    return this.#deps.contents.idsOf(key).flatMap((id) => {
      const found = rows.find(id);
      if (!found || found.block.size(found.at) !== size || found.block.hash(found.at) !== hash) return [];
      const descriptor = found.block.descriptor(found.at);
      const words = found.block.words(found.at);
      const { name } = fromIndexedText(descriptor);
      return [{ id, hash, key, size, name, words, bytes: weightOf({ words, descriptor }) }];
    });
  }

  *#remove(rows: HeldRows, removed: readonly Removed[]): Generator<void, void> {
    let count = 0;
    for (const file of removed) {
      rows.rows.remove(file.id - rows.firstId);
      this.#deps.contents.remove(file.key, file.id);
      rows.digest.remove(file);
      if (++count % SLICE_ROWS === 0) yield;
    }
    this.#deps.fullText.removed(
      rows.shard,
      removed.filter(({ id }) => id - rows.firstId < rows.indexedTo),
    );
  }

  *#add(rows: HeldRows, added: readonly Added[]): Generator<void, void> {
    const from = rows.firstId + rows.rows.add(added.map(({ row }) => row));
    this.#deps.fullText.added(rows);
    yield;
    for (const [at, { file, row }] of added.entries()) {
      this.#deps.contents.add(row.key, from + at);
      rows.digest.add(file);
      if ((at + 1) % SLICE_ROWS === 0) yield;
    }
  }
}

function totalsAfter(rows: HeldRows, { removed, added }: Changes): Totals {
  const bytesRemoved = removed.reduce((sum, { bytes }) => sum + bytes, 0);
  const bytesAdded = added.reduce((sum, { row }) => sum + weightOf(row), 0);
  return { files: rows.files + added.length - removed.length, bytes: rows.bytes + bytesAdded - bytesRemoved };
}

/** Folding can make eighteen letters of one: what is searched weighs as much as what is shown. */
function weightOf({ words, descriptor }: Pick<NewRow, 'words' | 'descriptor'>): number {
  return words.length + descriptor.length;
}

function keyOf({ hash, size }: FileKey): string {
  return `${hash}:${size}`;
}
