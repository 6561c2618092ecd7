import { gzipSync } from 'node:zlib';
import type { Descriptor } from '../../src-main/contract/descriptor.ts';
import type { ContentHash, NodeId } from '../../src-main/contract/ids.ts';
import type { IndexHit } from '../../src-main/engine/ports/index.ts';
import { encodeFilesBatch, type FileKey } from '../../src-main/engine/wire/files-batch.ts';

/** A NodeId that is one digit 64 times, or the number `n` in 64 digits. */
export const node = (n: number): NodeId => n.toString(16).padStart(64, '0') as NodeId;
/** A hash whose first digits tell files apart, as real ones do. */
export const hash = (n: number): ContentHash =>
  (Math.imul(n + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0').repeat(8) as ContentHash;

/** A file of that name; `n` names its content. */
export function file(n: number, name: string, more: Partial<Descriptor> = {}): Descriptor {
  return { hash: hash(n), size: 1000 + n, name, type: 'audio', extracted: {}, ...more };
}

/** An upload batch as a child sends it. */
export function pack(added: readonly Descriptor[], removed: readonly FileKey[] = []): Uint8Array {
  return new Uint8Array(gzipSync(encodeFilesBatch({ added, removed })));
}

export const packText = (text: string) => new Uint8Array(gzipSync(text));

/** The name in what the index says of a file. */
export const nameOf = ({ shown }: Pick<IndexHit, 'shown'>): string => JSON.parse(shown).name;
