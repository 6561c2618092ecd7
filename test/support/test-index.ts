import { gunzipSync } from 'node:zlib';
import type { Descriptor } from '../../src-main/contract/descriptor.ts';
import type { NodeId } from '../../src-main/contract/ids.ts';
import type {
  BatchResult,
  Holding,
  IndexAnswer,
  IndexLimits,
  MetadataIndex,
} from '../../src-main/engine/ports/index.ts';
import { decodeFilesBatch } from '../../src-main/engine/wire/files-batch.ts';
import { HoldingDigest } from '../../src-main/engine/wire/holding-digest.ts';
import { sha256 } from './sha256.ts';

/** What is held of each child, and whether it is present; no search. */
export class TestIndex implements MetadataIndex {
  readonly held = new Map<NodeId, Map<string, Descriptor>>();
  readonly present = new Set<NodeId>();
  batches = 0;

  async apply(child: NodeId, packed: Uint8Array, limits: IndexLimits): Promise<BatchResult> {
    this.batches++;
    const decoded = decodeFilesBatch(unpack(packed));
    if (!decoded.ok) return { ok: false, reason: 'malformed', why: decoded.why };
    const files = new Map(this.held.get(child));
    for (const { hash, size } of decoded.batch.removed) files.delete(`${hash}:${size}`);
    for (const one of decoded.batch.added) files.set(`${one.hash}:${one.size}`, one);
    if (files.size > limits.files) return { ok: false, reason: 'limit', why: 'too many files' };
    this.held.set(child, files);
    return { ok: true, holding: await this.holding(child) };
  }

  async holding(child: NodeId): Promise<Holding> {
    const digest = new HoldingDigest(sha256);
    const files = this.held.get(child) ?? new Map<string, Descriptor>();
    for (const one of files.values()) digest.add(one);
    return { files: files.size, digest: digest.value() };
  }

  async setPresent(child: NodeId, present: boolean): Promise<void> {
    if (present) this.present.add(child);
    else this.present.delete(child);
  }

  async drop(child: NodeId): Promise<void> {
    this.held.delete(child);
    this.present.delete(child);
  }

  async search(): Promise<IndexAnswer> {
    return { hits: [], more: false };
  }

  async lookup(): Promise<IndexAnswer> {
    return { hits: [], more: false };
  }

  async counts(): Promise<{ readonly children: number; readonly rows: number }> {
    return { children: this.held.size, rows: 0 };
  }

  async clear(): Promise<void> {
    this.held.clear();
    this.present.clear();
  }

  async close(): Promise<void> {}
}

function unpack(packed: Uint8Array): string {
  try {
    return gunzipSync(packed).toString('utf8');
  } catch {
    // Not gzip: the decoder says that it is malformed.
    return '';
  }
}
