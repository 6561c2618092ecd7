import type { Descriptor } from '../../contract/descriptor.ts';
import type { ContentHash, NodeId } from '../../contract/ids.ts';
import type {
  BatchResult,
  Holding,
  IndexAnswer,
  IndexCounts,
  IndexHit,
  MetadataIndex,
} from '../../engine/ports/index.ts';
import { decodeFilesBatch } from '../../engine/wire/files-batch.ts';
import { HoldingDigest } from '../../engine/wire/holding-digest.ts';
import { nodeSha256 } from '../../platform/node-sha256.ts';

type ChildFiles = { readonly files: Map<ContentHash, Descriptor>; readonly digest: HoldingDigest; present: boolean };

/**
 * The index of a simulated supernode: plain words of names, exact, all of them; batches are not packed. A thousand real indexes, with an
 * SQLite each, would be a simulation of SQLite.
 */
export class WordIndex implements MetadataIndex {
  #children = new Map<NodeId, ChildFiles>();
  #holders = new Map<ContentHash, Map<NodeId, Descriptor>>();
  #words = new Map<string, Set<ContentHash>>();

  async apply(child: NodeId, packed: Uint8Array): Promise<BatchResult> {
    const decoded = decodeFilesBatch(new TextDecoder().decode(packed));
    if (!decoded.ok) return { ok: false, reason: 'malformed', why: decoded.why };
    const entry = this.#childOf(child);
    for (const { hash } of decoded.batch.removed) this.#remove(child, entry, hash);
    for (const file of decoded.batch.added) this.#add(child, entry, file);
    return { ok: true, holding: holdingOf(entry) };
  }

  async holding(child: NodeId): Promise<Holding> {
    return holdingOf(this.#childOf(child));
  }

  async setPresent(child: NodeId, present: boolean): Promise<void> {
    this.#childOf(child).present = present;
  }

  async drop(child: NodeId): Promise<void> {
    const entry = this.#children.get(child);
    if (!entry) return;
    for (const hash of [...entry.files.keys()]) this.#remove(child, entry, hash);
    this.#children.delete(child);
  }

  async search(text: string, { limit }: { readonly limit: number }): Promise<IndexAnswer> {
    const [first, ...rest] = wordsOf(text).map((word) => this.#words.get(word) ?? new Set<ContentHash>());
    const matches = [...(first ?? [])].filter((hash) => rest.every((set) => set.has(hash)));
    return this.#answer(matches, limit);
  }

  async lookup(hash: ContentHash, limit: number): Promise<IndexAnswer> {
    return this.#answer([hash], limit);
  }

  async counts(): Promise<IndexCounts> {
    const rows = [...this.#children.values()].reduce((sum, { files }) => sum + files.size, 0);
    return { children: this.#children.size, rows, contents: this.#holders.size, bytes: 0 };
  }

  holds(child: NodeId): boolean {
    return (this.#children.get(child)?.files.size ?? 0) > 0;
  }

  async clear(): Promise<void> {
    this.#children = new Map();
    this.#holders = new Map();
    this.#words = new Map();
  }

  async close(): Promise<void> {
    await this.clear();
  }

  #answer(hashes: readonly ContentHash[], limit: number): IndexAnswer {
    const hits: IndexHit[] = [];
    for (const hash of hashes) {
      const held = [...(this.#holders.get(hash) ?? [])].filter(([child]) => this.#children.get(child)?.present);
      const [first] = held;
      if (first && hits.length === limit) return { hits, more: true };
      if (first)
        hits.push(
          toHit(
            first[1],
            held.map(([child]) => child),
          ),
        );
    }
    return { hits, more: false };
  }

  #childOf(child: NodeId): ChildFiles {
    const entry = this.#children.get(child) ?? {
      files: new Map(),
      digest: new HoldingDigest(nodeSha256),
      present: true,
    };
    this.#children.set(child, entry);
    return entry;
  }

  #add(child: NodeId, entry: ChildFiles, file: Descriptor): void {
    this.#remove(child, entry, file.hash);
    entry.files.set(file.hash, file);
    entry.digest.add(file);
    const holders = this.#holders.get(file.hash) ?? new Map<NodeId, Descriptor>();
    this.#holders.set(file.hash, holders.set(child, file));
    for (const word of wordsOf(file.name)) {
      this.#words.set(word, (this.#words.get(word) ?? new Set<ContentHash>()).add(file.hash));
    }
  }

  #remove(child: NodeId, entry: ChildFiles, hash: ContentHash): void {
    const file = entry.files.get(hash);
    if (!file) return;
    entry.files.delete(hash);
    entry.digest.remove(file);
    const holders = this.#holders.get(hash);
    holders?.delete(child);
    if (holders?.size !== 0) return;
    this.#holders.delete(hash);
    for (const word of wordsOf(file.name)) this.#words.get(word)?.delete(hash);
  }
}

const holdingOf = ({ files, digest }: ChildFiles): Holding => ({ files: files.size, digest: digest.value() });
const wordsOf = (text: string): readonly string[] => text.toLowerCase().split(/\W+/).filter(Boolean);

function toHit({ hash, size, name, type, extracted }: Descriptor, holders: readonly NodeId[]): IndexHit {
  return { hash, size, holders, shown: JSON.stringify({ name, type, extracted }) };
}
