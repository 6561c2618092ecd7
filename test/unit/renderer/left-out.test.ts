import { expect, test } from 'vitest';
import { leftOutParts } from '../../../src-renderer/features/library/left-out.ts';

const NONE = { hidden: 0, linksOut: 0, special: 0, empty: 0, unreadable: 0, partial: 0, byUser: 0 };

test('what is left out is told by its kind, the choice of the user first, hidden files last', () => {
  expect(leftOutParts(NONE)).toEqual([]);
  expect(leftOutParts({ ...NONE, hidden: 3, empty: 1, byUser: 2 })).toEqual([
    { why: 'byUser', count: 2 },
    { why: 'empty', count: 1 },
    { why: 'hidden', count: 3 },
  ]);
});
