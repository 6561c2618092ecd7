import { AppError } from '../../contract/errors.ts';
import type { ContentHash, NodeId } from '../../contract/ids.ts';
import type { AnswerText } from '../ports/answer-text.ts';
import type { BatchResult, Holding, IndexCounts, IndexLimits, Sha256 } from '../ports/index.ts';
import { parseQuery } from '../search/query-language.ts';
import { IndexStore } from '../store/index-store.ts';
import type { SqlConnection } from '../store/sql-connection.ts';
import { FILES_BATCH_PACKED_BYTES, FILES_BATCH_UNPACKED_BYTES } from '../wire/limits.ts';
import { decodeInSlices } from './batch-slices.ts';
import { BatchWriter } from './batch-writer.ts';
import { ContentRows } from './content-rows.ts';
import { FullText, type TextRow } from './full-text.ts';
import { HeldRows, numberOf } from './held-rows.ts';
import { IndexSearch } from './index-search.ts';
import { ANY_ROW } from './row-signature.ts';
import { makeShards, type Shard } from './shard.ts';

export type LeafIndexDeps = {
  /** An empty database. */
  readonly sql: SqlConnection;
  readonly sha256: Sha256;
  /** The text inside gzip, or undefined when it is not gzip of UTF-8 or longer than `maxBytes`, found out while unpacking. */
  readonly unpack: (packed: Uint8Array, maxBytes: number) => string | undefined;
  /** Parts of the full text; SHARDS unless told. */
  readonly shards?: number;
  /** Memory for the rows of all children, UTF-16 units. */
  readonly maxUnits?: number;
};

/**
 * Of the full text. More of them make a rare word dearer (0.1 ms for each that has it), fewer a frequent prefix, which a shard gathers
 * whole (1 ms at 25,000 rows, if row after row is not passed instead). Measured at 300,000 rows with 6, 8, 12, 16 and 32.
 */
const SHARDS = 8;
/**
 * Of UTF-16 units, one byte each for most texts: more than twice of what 300,000 usual files take. Each child alone may have more by its
 * own limits than all of them fit into memory.
 */
const MAX_UNITS = 2 ** 28;
/** Rows removed before others get a turn: less than 1 ms. */
const SLICE_ROWS = 200;

/**
 * The files of a supernode's children, on the caller's thread. Work that may take long is a generator: each `next` is a small part,
 * and queries may come between two parts. At most one such generator may be under way.
 */
export class LeafIndex {
  readonly #deps: LeafIndexDeps;
  readonly #fullText: FullText;
  readonly #writer: BatchWriter;
  readonly #search: IndexSearch;
  readonly #shards: readonly Shard[];
  readonly #contents = new ContentRows();
  readonly #children = new Map<NodeId, HeldRows>();
  readonly #byNumber = new Map<number, HeldRows>();
  readonly #absent = new Set<NodeId>();
  /** Of each shard those who are not absent: every query wants them, and who they are changes rarely. */
  #present: readonly (readonly HeldRows[])[] | undefined;
  #nextNumber = 0;

  constructor(deps: LeafIndexDeps) {
    const shards = deps.shards ?? SHARDS;
    const store = new IndexStore(deps.sql, shards);
    this.#deps = deps;
    this.#shards = makeShards(shards);
    this.#fullText = new FullText(store);
    this.#writer = new BatchWriter({
      ...{ contents: this.#contents, fullText: this.#fullText },
      ...{ units: () => this.#units(), maxUnits: deps.maxUnits ?? MAX_UNITS },
    });
    this.#search = new IndexSearch({
      store,
      shards: this.#shards,
      contents: this.#contents,
      children: () => {
        this.#present ??= this.#presentByShard();
        return this.#present;
      },
      presentOf: (id) => this.#presentOf(id),
    });
  }

  /** See MetadataIndex.apply. */
  *apply(child: NodeId, packed: Uint8Array, limits: IndexLimits): Generator<void, BatchResult> {
    if (packed.length > FILES_BATCH_PACKED_BYTES) return malformed('longer than allowed');
    const text = this.#deps.unpack(packed, FILES_BATCH_UNPACKED_BYTES);
    if (text === undefined) return malformed('not gzip of text, or longer than allowed');
    yield;
    yield* this.#fullText.catchUp();
    const decoded = yield* decodeInSlices(text);
    if (!decoded.ok) return malformed(decoded.why);
    const rows = this.#children.get(child) ?? this.#newRows(child);
    rows.voice = limits.block ?? child;
    const why = yield* this.#writer.write(rows, decoded.batch, limits);
    if (why !== undefined) return { ok: false, reason: 'limit', why };
    this.#keep(rows);
    return { ok: true, holding: holdingOf(rows) };
  }

  /** Takes out every row of a child, which is as if it had never been here: its rows are hits no more from the first step on. */
  *drop(child: NodeId): Generator<void, void> {
    const rows = this.#children.get(child);
    this.#children.delete(child);
    this.#absent.delete(child);
    this.#present = undefined;
    if (rows) {
      this.#byNumber.delete(rows.number);
      this.#fullText.forget(rows);
      yield* this.#forget(rows);
    }
    yield* this.#fullText.catchUp();
  }

  /** Brings the full text up to date and merges it, for the speed of queries. What is asked meanwhile is answered as well. */
  tidy(): Generator<void, void> {
    return this.#fullText.tidy();
  }

  holding(child: NodeId): Holding {
    return holdingOf(this.#children.get(child) ?? this.#newRows(child));
  }

  setPresent(child: NodeId, present: boolean): void {
    this.#present = undefined;
    if (present) this.#absent.delete(child);
    else this.#absent.add(child);
  }

  search(text: string, options: { readonly limit: number; readonly start: number }): AnswerText {
    const parsed = parseQuery(text);
    if ('why' in parsed) throw new AppError('search.query-invalid', { why: parsed.why });
    return this.#search.search(parsed, options);
  }

  lookup(hash: ContentHash, limit: number): AnswerText {
    return this.#search.lookup(hash, limit);
  }

  counts(): IndexCounts {
    let rows = 0;
    for (const { files } of this.#children.values()) rows += files;
    return { children: this.#children.size, rows, contents: this.#contents.size, bytes: this.#units() };
  }

  *#forget({ rows, firstId, indexedTo, shard }: HeldRows): Generator<void, void> {
    const indexed: TextRow[] = [];
    for (let from = 0; from < rows.nextPlace; from += SLICE_ROWS) {
      rows.scan({ from, to: from + SLICE_ROWS - 1 }, ANY_ROW, (block, at) => {
        const id = firstId + block.place(at);
        this.#contents.remove(block.key(at), id);
        if (id - firstId < indexedTo) indexed.push({ id, words: block.words(at) });
        return true;
      });
      yield;
    }
    this.#fullText.removed(shard, indexed);
  }

  #newRows(node: NodeId): HeldRows {
    return new HeldRows(node, { number: this.#nextNumber, shard: this.#emptiestShard(), sha256: this.#deps.sha256 });
  }

  /** Until here the rows of a child's first batch have no owner and are no hits. */
  #keep(rows: HeldRows): void {
    if (this.#children.has(rows.node)) return;
    this.#children.set(rows.node, rows);
    this.#present = undefined;
    this.#byNumber.set(this.#nextNumber++, rows);
  }

  #emptiestShard(): Shard {
    const files = this.#shards.map(() => 0);
    for (const rows of this.#children.values()) files[rows.shard.number] = (files[rows.shard.number] ?? 0) + rows.files;
    return this.#shards.reduce((least, shard) =>
      (files[shard.number] ?? 0) < (files[least.number] ?? 0) ? shard : least,
    );
  }

  #presentOf(id: number): HeldRows | undefined {
    const rows = this.#byNumber.get(numberOf(id));
    return rows === undefined || this.#absent.has(rows.node) ? undefined : rows;
  }

  #presentByShard(): readonly (readonly HeldRows[])[] {
    const present = [...this.#children.values()].filter(({ node }) => !this.#absent.has(node));
    return this.#shards.map((shard) => present.filter((rows) => rows.shard === shard));
  }

  #units(): number {
    let units = 0;
    for (const { rows } of this.#children.values()) units += rows.units;
    return units;
  }
}

function malformed(why: string): BatchResult {
  return { ok: false, reason: 'malformed', why };
}

function holdingOf({ files, digest }: HeldRows): Holding {
  return { files, digest: digest.value() };
}
