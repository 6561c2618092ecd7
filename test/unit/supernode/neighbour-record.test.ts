import { expect, test } from 'vitest';
import { NeighbourRecord } from '../../../src-main/engine/supernode/neighbour-record.ts';
import { hit, source } from '../../support/search-fixtures.ts';

const naming = (count: number) => ({
  hits: [hit(1, { sources: Array.from({ length: count }, (_, at) => source(at)) })],
});

test('half of the queries may stay without an answer', () => {
  const record = new NeighbourRecord();
  for (let i = 0; i < 100; i++) {
    record.unanswered();
    record.answered({ hits: [] }, { children: 0, nowMs: 0 });
  }
  expect(record.fault).toBeUndefined();
  for (let i = 0; i < 20; i++) record.unanswered();
  expect(record.fault).toBe('it does not answer queries');
});

test('nothing follows from fewer than ten', () => {
  const record = new NeighbourRecord();
  for (let i = 0; i < 9; i++) record.unanswered();
  expect(record.fault).toBeUndefined();
});

test('what it names counts as children for five minutes, itself left out', () => {
  const record = new NeighbourRecord();
  record.answered(naming(13), { children: 12, nowMs: 0 });
  record.answered(naming(3), { children: 12, nowMs: 60_000 });
  expect([record.childrenSeen(60_000), record.childrenSeen(301_000)]).toEqual([12, 0]);
  expect(record.fault).toBeUndefined();
});

test('a few more than it says are those that just came', () => {
  const record = new NeighbourRecord();
  for (let i = 0; i < 50; i++) record.answered(naming(18), { children: 10, nowMs: 0 });
  expect(record.fault).toBeUndefined();
  for (let i = 0; i < 3; i++) record.answered(naming(20), { children: 10, nowMs: 0 });
  expect(record.fault).toBe('it has more children than it says');
});
