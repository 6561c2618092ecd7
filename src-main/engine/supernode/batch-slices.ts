import { decodeFilesBatch, type FilesBatch } from '../wire/files-batch.ts';
import { FILES_BATCH_ENTRIES } from '../wire/limits.ts';

type Decoded = { readonly ok: true; readonly batch: FilesBatch } | { readonly ok: false; readonly why: string };

/** Entries decoded at once: 0.3 ms, so that a query does not wait for the 3 ms of a whole batch. */
const SLICE_ENTRIES = 50;
const [OPEN, CLOSE] = ['<files>', '</files>'];
const ENTRY = /<(?:file|remove)\s/y;

/**
 * Decodes an upload batch in parts, yielding between them. `<` cannot stand inside an attribute, so every one begins an element; a
 * document that is not written as ours are (with an XML declaration, say) is decoded as a whole.
 */
export function* decodeInSlices(xmlText: string): Generator<void, Decoded> {
  if (!xmlText.startsWith(OPEN) || !xmlText.endsWith(CLOSE)) return decodeFilesBatch(xmlText);
  const inner = xmlText.slice(OPEN.length, -CLOSE.length);
  const starts = startsOf(inner);
  if (starts.length > FILES_BATCH_ENTRIES) return { ok: false, why: `more than ${FILES_BATCH_ENTRIES} entries` };
  const batch = { added: [] as FilesBatch['added'][number][], removed: [] as FilesBatch['removed'][number][] };
  for (let at = 0; at === 0 || at < starts.length; at += SLICE_ENTRIES) {
    const part = inner.slice(at === 0 ? 0 : starts[at], starts[at + SLICE_ENTRIES]);
    const decoded = decodeFilesBatch(`<files>${part}</files>`);
    if (!decoded.ok) return decoded;
    batch.added.push(...decoded.batch.added);
    batch.removed.push(...decoded.batch.removed);
    yield;
  }
  return { ok: true, batch };
}

/** Where entries begin; one more than a batch may have is enough to refuse it. */
function startsOf(inner: string): readonly number[] {
  const starts: number[] = [];
  for (
    let at = inner.indexOf('<');
    at !== -1 && starts.length <= FILES_BATCH_ENTRIES;
    at = inner.indexOf('<', at + 1)
  ) {
    ENTRY.lastIndex = at;
    if (ENTRY.test(inner)) starts.push(at);
  }
  return starts;
}
