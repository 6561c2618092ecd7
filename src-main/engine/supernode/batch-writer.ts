import type { Descriptor } from '../../contract/descriptor.ts';
import type { IndexLimits } from '../ports/index.ts';
import type { HeldFile, IndexStore } from '../store/index-store.ts';
import type { FileKey, FilesBatch } from '../wire/files-batch.ts';
import type { DigestedFile } from '../wire/holding-digest.ts';
import type { ContentRows } from './content-rows.ts';
import type { HeldRows } from './held-rows.ts';
import { fromIndexedText, toIndexedText } from './indexed-text.ts';
import { toIndexedTokens, toIndexedWords } from './indexed-words.ts';

/** Rows written before others get a turn: less than 1 ms. */
const SLICE_ROWS = 50;

type Added = { readonly file: Descriptor; readonly text: string };
type Changes = { readonly removed: readonly HeldFile[]; readonly added: readonly Added[] };
type Totals = { readonly files: number; readonly bytes: number };
type WrittenRow = { readonly id: number; readonly file: DigestedFile; readonly tokens: ReadonlySet<string> };
type Written = { readonly removed: readonly WrittenRow[]; readonly added: readonly WrittenRow[] };

/** Brings the changes of an upload batch into the rows of a child, all or none. */
export class BatchWriter {
  readonly #store: IndexStore;
  readonly #contents: ContentRows;

  constructor({ store, contents }: { readonly store: IndexStore; readonly contents: ContentRows }) {
    this.#store = store;
    this.#contents = contents;
  }

  /** Undefined, or why it would exceed the limits. Yields between small parts. */
  *write(rows: HeldRows, batch: FilesBatch, limits: IndexLimits): Generator<void, string | undefined> {
    const changes = this.#plan(rows, batch);
    const totals = totalsAfter(rows, changes);
    if (totals.files > limits.files) return `more than ${limits.files} files`;
    if (totals.bytes > limits.bytes) return `more than ${limits.bytes} bytes of descriptors`;
    if (!rows.hasIds(changes.added.length)) return 'too many changes';
    yield;
    const written = yield* this.#inTransaction(rows, changes);
    yield;
    // Only now, when nothing can fail any more: figures and rows always agree.
    for (const row of written.removed) this.#forget(rows, row);
    for (const row of written.added) this.#remember(rows, row);
    rows.files = totals.files;
    rows.bytes = totals.bytes;
    return undefined;
  }

  /** A file that is added again replaces the one before; of two with one key in a batch the later counts. */
  #plan(rows: HeldRows, { added, removed }: FilesBatch): Changes {
    const latest = new Map(added.map((file) => [keyOf(file), file]));
    const keys = new Set([...removed.map(keyOf), ...latest.keys()]);
    const ids = [...removed, ...latest.values()].flatMap(({ hash }) =>
      this.#contents.idsOf(hash).filter((id) => rows.owns(id)),
    );
    const held = ids.length === 0 ? [] : this.#store.held(ids);
    return {
      removed: held.filter((file) => keys.has(keyOf(file))),
      added: Array.from(latest.values(), (file) => ({ file, text: toIndexedText(file) })),
    };
  }

  *#inTransaction(rows: HeldRows, changes: Changes): Generator<void, Written> {
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

  *#remove({ shard }: HeldRows, files: readonly HeldFile[]): Generator<void, WrittenRow[]> {
    const removed: WrittenRow[] = [];
    for (const { id, hash, size, words, descriptor } of files) {
      const tokens = toIndexedTokens(words);
      this.#store.remove(shard.number, { id, tokens: [...tokens].join(' ') });
      const { name } = fromIndexedText(descriptor);
      if (removed.push({ id, file: { hash, size, name }, tokens }) % SLICE_ROWS === 0) yield;
    }
    return removed;
  }

  *#add(rows: HeldRows, files: readonly Added[]): Generator<void, WrittenRow[]> {
    const added: WrittenRow[] = [];
    for (const { file, text } of files) {
      const words = toIndexedWords(file);
      const tokens = toIndexedTokens(words);
      const id = rows.takeId();
      const { hash, size, type, extracted } = file;
      const row = { id, hash, size, type, year: extracted.year ?? null, words, descriptor: text };
      this.#store.insert(rows.shard.number, { ...row, tokens: [...tokens].join(' ') });
      if (added.push({ id, file, tokens }) % SLICE_ROWS === 0) yield;
    }
    return added;
  }

  #remember({ shard, digest }: HeldRows, { id, file, tokens }: WrittenRow): void {
    shard.counts.change(tokens, 1);
    this.#contents.add(file.hash, id);
    digest.add(file);
  }

  #forget({ shard, digest }: HeldRows, { id, file, tokens }: WrittenRow): void {
    shard.counts.change(tokens, -1);
    this.#contents.remove(file.hash, id);
    digest.remove(file);
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
