import { expect, test } from 'vitest';
import type { Descriptor } from '../../../src-main/contract/descriptor.ts';
import type { ContentHash } from '../../../src-main/contract/ids.ts';
import { ShownLibrary } from '../../../src-main/engine/shown-library.ts';
import { content } from '../../support/search-fixtures.ts';

const files = Array.from({ length: 10 }, (_, n) => ({ hash: content(n), size: 1 }) as Descriptor).toSorted((a, b) =>
  a.hash < b.hash ? -1 : 1,
);
const hashes = files.map(({ hash }) => hash);

function shownBut(blocked: Set<ContentHash>) {
  const shown = new ShownLibrary({
    isBlocked: (hash) => blocked.has(hash),
    library: {
      descriptors: async (after, limit) =>
        files.filter(({ hash }) => after === undefined || hash > after).slice(0, limit),
      totals: () => ({ files: 10, bytes: 10 }),
      onChange: () => () => {},
    },
  });
  return { shown };
}
const read = async (shown: ShownLibrary, limit: number) => {
  const pages: ContentHash[][] = [];
  for (let after: ContentHash | undefined; ; after = pages.at(-1)?.at(-1)) {
    const page = await shown.descriptors(after, limit);
    if (page.length > 0) pages.push(page.map(({ hash }) => hash));
    if (page.length < limit) return pages;
  }
};

test('pages are full though some files are blocked, and the last one only is short', async () => {
  const blocked = new Set([0, 1, 2, 5, 9].map((at) => hashes[at] as ContentHash));
  const { shown } = shownBut(blocked);
  const left = hashes.filter((hash) => !blocked.has(hash));
  expect(await read(shown, 2)).toEqual([left.slice(0, 2), left.slice(2, 4), left.slice(4)]);
  expect(await read(shownBut(new Set(hashes)).shown, 3)).toEqual([]);
});

test('a change of what is blocked is a change of what is shown', async () => {
  const { shown } = shownBut(new Set());
  let changes = 0;
  const stop = shown.onChange(() => changes++);
  shown.blocksChanged();
  stop();
  shown.blocksChanged();
  expect(changes).toBe(1);
});
