import type { Descriptor } from '../../contract/descriptor.ts';
import type { IndexHit } from '../ports/index.ts';

/** What a hit tells of a file beside hash, size and holders. */
export type ShownFields = Pick<IndexHit, 'name' | 'type' | 'extracted'>;

/** The part of a descriptor that hits tell, as the index keeps it. */
export function toIndexedText({ name, type, extracted }: Descriptor): string {
  return JSON.stringify({ name, type, extracted } satisfies ShownFields);
}

/** The JSON of a hit, from such a text and what is kept beside it. */
export function toHitText(text: string, { hash, size, holders }: Omit<IndexHit, keyof ShownFields>): string {
  const nodes = holders.map((node) => `"${node}"`).join();
  return `{"hash":"${hash}","size":${size},"holders":[${nodes}],${text.slice(1)}`;
}

/** Reads what toIndexedText wrote; nothing else is ever in that column. */
export function fromIndexedText(text: string): ShownFields {
  return JSON.parse(text);
}
