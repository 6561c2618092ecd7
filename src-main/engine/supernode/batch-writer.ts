import type { Descriptor } from '../../contract/descriptor.ts';
import type { IndexLimits } from '../ports/index.ts';
import type { HeldFile, IndexStore } from '../store/index-store.ts';
import type { FileKey, FilesBatch } from '../wire/files-batch.ts';
import type { HeldRows } from './held-rows.ts';
import { fromIndexedText, toIndexedText } from './indexed-text.ts';
import { toIndexedTokens, toIndexedWords } from './indexed-words.ts';
import type { TermCounts } from './term-counts.ts';

/** Rows written before others get a turn: less than 1 ms. */
const SLICE_ROWS = 50;

type Added = { readonly file: Descriptor; readonly text: string };
type Changes = { readonly removed: readonly HeldFile[]; readonly added: readonly Added[] };
type Totals = { readonly files: number; readonly bytes: number };
/** Tokens of each row. */
type TokenSets = readonly ReadonlySet<string>[];

/** Brings the changes of an upload batch into the rows of a child, all or none. */
export class BatchWriter {
  readonly #store: IndexStore;
  readonly #countsOf: (shard: number) => TermCounts;

  constructor({ store, countsOf }: { readonly store: IndexStore; readonly countsOf: (shard: number) => TermCounts }) {
    this.#store = store;
    this.#countsOf = countsOf;
  }

  /** Undefined, or why it would exceed the limits. Yields between small parts. */
  *write(rows: HeldRows, batch: FilesBatch, limits: IndexLimits): Generator<void, string | undefined> {
    const changes = this.#plan(rows, batch);
    const totals = totalsAfter(rows, changes);
    if (totals.files > limits.files) return `more than ${limits.files} files`;
    if (totals.bytes > limits.bytes) return `more than ${limits.bytes} bytes of descriptors`;
    if (!rows.hasIds(changes.added.length)) return 'too many changes';
    yield;
    const tokens = yield* this.#inTransaction(rows, changes);
    // Only now, when nothing can fail any more: figures and rows always agree.
    const counts = this.#countsOf(rows.shard);
    for (const set of tokens.removed) counts.change(set, -1);
    for (const set of tokens.added) counts.change(set, 1);
    for (const held of changes.removed) rows.digest.remove({ ...held, name: fromIndexedText(held.descriptor).name });
    for (const { file } of changes.added) rows.digest.add(file);
    rows.files = totals.files;
    rows.bytes = totals.bytes;
    return undefined;
  }

  /** A file that is added again replaces the one before; of two with one key in a batch the later counts. */
  #plan(rows: HeldRows, { added, removed }: FilesBatch): Changes {
    const latest = new Map(added.map((file) => [keyOf(file), file]));
    const keys = new Set([...removed.map(keyOf), ...latest.keys()]);
    const hashes = new Set([...removed, ...added].map(({ hash }) => hash));
    const held = rows.files === 0 ? [] : this.#store.held([...hashes], rows.ids);
    return {
      removed: held.filter((file) => keys.has(keyOf(file))),
      added: Array.from(latest.values(), (file) => ({ file, text: toIndexedText(file) })),
    };
  }

  *#inTransaction(rows: HeldRows, changes: Changes): Generator<void, { removed: TokenSets; added: TokenSets }> {
    this.#store.begin();
    let isDone = false;
    try {
      const removed = yield* this.#remove(rows, changes.removed);
      const added = yield* this.#add(rows, changes.added);
      this.#store.commit();
      isDone = true;
      return { removed, added };
    } finally {
      if (!isDone) this.#store.rollback();
    }
  }

  *#remove(rows: HeldRows, files: readonly HeldFile[]): Generator<void, TokenSets> {
    const sets: ReadonlySet<string>[] = [];
    for (const { id, words } of files) {
      const tokens = toIndexedTokens(words);
      this.#store.remove(rows.shard, { id, tokens: [...tokens].join(' ') });
      if (sets.push(tokens) % SLICE_ROWS === 0) yield;
    }
    return sets;
  }

  *#add(rows: HeldRows, files: readonly Added[]): Generator<void, TokenSets> {
    const sets: ReadonlySet<string>[] = [];
    for (const { file, text } of files) {
      const words = toIndexedWords(file);
      const tokens = toIndexedTokens(words);
      this.#store.insert(rows.shard, {
        id: rows.takeId(),
        hash: file.hash,
        size: file.size,
        type: file.type,
        year: file.extracted.year ?? null,
        words,
        tokens: [...tokens].join(' '),
        descriptor: text,
      });
      if (sets.push(tokens) % SLICE_ROWS === 0) yield;
    }
    return sets;
  }
}

function totalsAfter(rows: HeldRows, { removed, added }: Changes): Totals {
  const bytesRemoved = removed.reduce((sum, { descriptor }) => sum + descriptor.length, 0);
  const bytesAdded = added.reduce((sum, { text }) => sum + text.length, 0);
  return { files: rows.files + added.length - removed.length, bytes: rows.bytes + bytesAdded - bytesRemoved };
}

function keyOf({ hash, size }: FileKey): string {
  return `${hash}:${size}`;
}
