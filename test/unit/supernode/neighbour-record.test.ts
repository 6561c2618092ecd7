import { expect, test } from 'vitest';
import { NeighbourRecord } from '../../../src-main/engine/supernode/neighbour-record.ts';
import { hit, source } from '../../support/search-fixtures.ts';

const naming = (count: number) => ({
  hits: [hit(1, { sources: Array.from({ length: count }, (_, at) => source(at)) })],
});

test('half of the queries may stay without an answer', () => {
  const record = new NeighbourRecord();
  for (let nowMs = 0; nowMs < 500_000; nowMs += 5000) {
    record.unanswered(nowMs);
    record.answered({ hits: [] }, { children: 0, nowMs });
  }
  expect(record.fault(500_000)).toBeUndefined();
  for (let nowMs = 500_000; nowMs < 600_000; nowMs += 5000) record.unanswered(nowMs);
  expect(record.fault(600_000)).toBe('it does not answer queries');
});

test('nothing follows from fewer than ten, nor from what is over within a minute', () => {
  const record = new NeighbourRecord();
  for (let at = 0; at < 9; at++) record.unanswered(at * 10_000);
  expect(record.fault(90_000)).toBeUndefined();
  record.unanswered(90_000);
  expect(record.fault(90_000)).toBe('it does not answer queries');
  const busy = new NeighbourRecord();
  for (let at = 0; at < 30; at++) busy.unanswered(at * 1000);
  expect(busy.fault(59_000)).toBeUndefined();
  for (let at = 0; at < 30; at++) busy.answered({ hits: [] }, { children: 0, nowMs: 59_000 });
  expect(busy.fault(120_000)).toBeUndefined();
});

test('what it names counts as children for five minutes, itself left out', () => {
  const record = new NeighbourRecord();
  record.answered(naming(13), { children: 12, nowMs: 0 });
  record.answered(naming(3), { children: 12, nowMs: 60_000 });
  expect([record.childrenSeen(60_000), record.childrenSeen(301_000)]).toEqual([12, 0]);
  expect(record.fault(60_000)).toBeUndefined();
});

test('a few more than it says are those that just came', () => {
  const record = new NeighbourRecord();
  for (let i = 0; i < 50; i++) record.answered(naming(18), { children: 10, nowMs: 0 });
  expect(record.fault(60_000)).toBeUndefined();
  for (let i = 0; i < 3; i++) record.answered(naming(20), { children: 10, nowMs: 0 });
  expect(record.fault(60_000)).toBe('it has more children than it says');
});
