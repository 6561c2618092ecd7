import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import type { Asker } from '../../../src-main/engine/upload/asker.ts';
import { UploadLine, type Verdict } from '../../../src-main/engine/upload/upload-line.ts';
import { slotKey } from '../../../src-main/engine/upload/upload-slots.ts';
import { peer, wants } from '../../support/upload-askers.ts';

/** Waiting that is owed: who had more than its share waits longer for it. */
const SECOND = 1000;
const TURN = DEFAULT_SETTINGS['upload.slot-turn'];
const [giver, stranger, third] = [peer(1), peer(2), peer(3)];

function makeLine({ slots, queue = 100 }: { slots: number; queue?: number }): UploadLine {
  const settings = { ...DEFAULT_SETTINGS, 'upload.slots': slots, 'upload.queue': queue };
  return new UploadLine({
    settings: () => settings,
    slots: () => slots,
    credit: (node) => (node === giver.nodeId ? 10 : 1),
  });
}
const ask = (line: UploadLine, asker: Asker, nowMs: number, { file = 1, last = false } = {}): Verdict =>
  line.ask(wants(asker, file), { bytes: 2 ** 20, last }, nowMs);
const position = (verdict: Verdict) => (verdict.kind === 'queued' ? verdict.position : verdict.kind);
/** The party has had two turns for one that it waited a whole turn for. */
const overdraw = ({ queue }: UploadLine, asker: Asker, nowMs: number) =>
  queue.charge({ asker, waitedMs: TURN }, 2, nowMs);

test('credit does not make it more: with the same debt who came first is first', () => {
  const line = makeLine({ slots: 1 });
  expect(ask(line, third, 0).kind).toBe('granted');
  overdraw(line, giver, 0);
  overdraw(line, stranger, 0);
  expect(position(ask(line, giver, 0))).toBe(1);
  expect(position(ask(line, stranger, 1))).toBe(2);
  // And the forecast plays the line by the same order.
  const later = 20 * SECOND;
  const told = [giver, stranger].map((asker) => ask(line, asker, later));
  expect(told.map(position)).toEqual([1, 2]);
  const [own, other] = told.map((verdict) => (verdict.kind === 'queued' ? verdict.etaMs : Number.NaN));
  expect(own).toBeLessThan(other ?? 0);
});

test('is behind whoever owes nothing, whatever its credit', () => {
  const line = makeLine({ slots: 1 });
  expect(ask(line, third, 0).kind).toBe('granted');
  overdraw(line, giver, 0);
  expect(position(ask(line, giver, 0))).toBe(1);
  expect(position(ask(line, stranger, SECOND))).toBe(1);
  expect(position(ask(line, peer(9), 2 * SECOND))).toBe(2);
});

test('is not paid by a turn for another file', () => {
  const line = makeLine({ slots: 1 });
  expect(ask(line, third, 0).kind).toBe('granted');
  overdraw(line, stranger, 0);
  expect(ask(line, stranger, 0).kind).toBe('queued');
  const [place] = [...line.queue.all()];
  const since = place?.sinceMs ?? 0;
  expect(since).toBe(TURN);
  line.queue.charge({ asker: stranger, waitedMs: 5 * SECOND }, 1, 10 * SECOND);
  expect(place?.sinceMs).toBe(since);
  // What was waited is used up by it.
  line.queue.charge({ asker: stranger, waitedMs: 5 * SECOND }, 1, since + 30 * SECOND);
  expect(place?.sinceMs).toBe(since + 30 * SECOND);
});

test('is not turned into waiting by a long turn that nobody else wanted', () => {
  const line = makeLine({ slots: 1 });
  overdraw(line, stranger, 0);
  const verdict = ask(line, stranger, 0, { last: true });
  if (verdict.kind !== 'granted') throw new Error('nobody else is here');
  line.finish(verdict.slot, 3 * TURN);
  expect(ask(line, third, 3 * TURN).kind).toBe('granted');
  expect(position(ask(line, stranger, 3 * TURN, { file: 2 }))).toBe(1);
  expect(position(ask(line, peer(7), 3 * TURN + 1))).toBe(1);
});

test('is owed for every file that is asked for, until it has been waited for', () => {
  const line = makeLine({ slots: 1 });
  expect(ask(line, third, 0).kind).toBe('granted');
  overdraw(line, stranger, 0);
  const sinceOf = (file: number, nowMs: number) => {
    ask(line, stranger, nowMs, { file });
    return line.queue.get(slotKey(stranger, wants(stranger, file).hash))?.sinceMs;
  };
  // A file that nobody wants does not take it upon itself.
  expect([sinceOf(7, 0), sinceOf(1, 0), sinceOf(2, 20 * SECOND)]).toEqual([TURN, TURN, TURN]);
  expect(sinceOf(3, TURN + SECOND)).toBe(TURN + SECOND);
});

test('is not forgotten where there was no room for who owes it', () => {
  const line = makeLine({ slots: 1, queue: 1 });
  expect(ask(line, third, 0).kind).toBe('granted');
  expect(position(ask(line, peer(9), 0))).toBe(1);
  overdraw(line, stranger, 0);
  expect(ask(line, stranger, 0)).toEqual({ kind: 'refused', why: 'full' });
  line.queue.remove(slotKey(peer(9), wants(peer(9), 1).hash));
  expect(position(ask(line, stranger, SECOND))).toBe(1);
  expect([...line.queue.all()].map(({ sinceMs }) => sinceMs)).toEqual([SECOND + TURN]);
});

test('is not forgiven by a turn that was had without having waited for it', () => {
  const line = makeLine({ slots: 1 });
  overdraw(line, stranger, 0);
  const verdict = ask(line, stranger, 0, { last: true });
  if (verdict.kind !== 'granted') throw new Error('nobody else is here');
  expect(ask(line, stranger, 10 * SECOND, { file: 2 }).kind).toBe('queued');
  expect([...line.queue.all()].map(({ sinceMs }) => sinceMs)).toEqual([10 * SECOND + TURN]);
});
