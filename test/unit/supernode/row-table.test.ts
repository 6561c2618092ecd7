import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contentKey } from '../../../src-main/engine/supernode/content-rows.ts';
import type { NewRow } from '../../../src-main/engine/supernode/row-block.ts';
import { ANY_ROW, signatureOfWords } from '../../../src-main/engine/supernode/row-signature.ts';
import { RowTable } from '../../../src-main/engine/supernode/row-table.ts';
import { hash } from '../../support/index-batches.ts';

const row = (n: number): NewRow => ({
  hash: hash(n),
  key: contentKey(hash(n)),
  size: n + 1,
  type: n % 2 === 0 ? 'audio' : 'other',
  year: n % 3 === 0 ? n % 10_000 : undefined,
  words: ` word${n} é東京 `,
  descriptor: `{"name":"${n}"}`,
  signature: signatureOfWords(` word${n} é東京 `),
});

/** What a table tells of its rows, from one place to another. */
function tell(table: RowTable, from: number, to: number): (NewRow & { readonly place: number })[] {
  const rows: (NewRow & { place: number })[] = [];
  table.scan({ from, to }, ANY_ROW, (block, at) => {
    const [told] = block.liveRows().filter(({ place }) => place === block.place(at));
    if (told) rows.push(told);
    return true;
  });
  return rows;
}

test('holds what a plain map holds after any additions and removals', () => {
  const step = fc.oneof(
    fc.record({ add: fc.integer({ min: 1, max: 300 }) }),
    fc.record({ remove: fc.array(fc.nat(2000), { maxLength: 400 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), fc.nat(2000), fc.nat(2000), (steps, one, other) => {
      const table = new RowTable();
      const held = new Map<number, NewRow>();
      let n = 0;
      for (const each of steps) {
        if ('add' in each) {
          const rows = Array.from({ length: each.add }, () => row(n++));
          const first = table.add(rows);
          for (const [at, added] of rows.entries()) held.set(first + at, added);
        } else {
          for (const place of each.remove) {
            table.remove(place);
            held.delete(place);
          }
        }
      }
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      const wanted = [...held]
        .filter(([place]) => place >= from && place <= to)
        .map(([place, told]) => ({ ...told, place }));
      expect(tell(table, from, to)).toEqual(wanted);
      for (let place = 0; place < table.nextPlace; place += 7)
        expect(table.find(place) !== undefined).toBe(held.has(place));
      expect([...held.keys()].every((place) => place < table.nextPlace)).toBe(true);
    }),
    { numRuns: 100 },
  );
});

test('a scan ends when it is told to', () => {
  const table = new RowTable();
  table.add(Array.from({ length: 20 }, (_, n) => row(n)));
  let visits = 0;
  expect(table.scan({ from: 0, to: 19 }, ANY_ROW, () => ++visits < 5)).toBe(false);
  expect(visits).toBe(5);
});

test('few rows that stay of many hold little memory', () => {
  const table = new RowTable();
  for (let batch = 0; batch < 20; batch++) table.add(Array.from({ length: 500 }, (_, n) => row(batch * 500 + n)));
  const full = table.units;
  for (let place = 0; place < table.nextPlace; place++) if (place % 100 !== 0) table.remove(place);
  expect(table.units).toBeLessThan(full / 30);
  for (let place = 0; place < table.nextPlace; place += 100) table.remove(place);
  expect(table.units).toBe(0);
});
