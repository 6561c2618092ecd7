import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Events } from '../../../src-main/contract/api.ts';
import type { DownloadId, SearchId } from '../../../src-main/contract/ids.ts';
import { BATCH_MS, EventBatch } from '../../../src-main/face/event-batch.ts';

const ID = 'a'.repeat(32) as SearchId;
const wave = (number: number, results: number): Events['search.wave'] => ({
  ...{ id: ID, wave: number, asked: 1, answered: 1, results, askedTotal: 1 },
});

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

test('the first event goes at once, later ones together, at most five times a second', () => {
  const sent: number[] = [];
  const batch = new EventBatch((events) => sent.push(events.length));
  batch.add('role', { role: 'leaf' });
  vi.advanceTimersByTime(0);
  expect(sent).toEqual([1]);
  for (let at = 0; at < 1000; at += 10) {
    batch.add('search.end', { id: ID, reason: 'limit', results: at });
    vi.advanceTimersByTime(10);
  }
  vi.advanceTimersByTime(BATCH_MS);
  expect(sent.length).toBeLessThanOrEqual(1 + 6);
  expect(sent.reduce((sum, count) => sum + count, 0)).toBe(1 + 100);
});

test('what a later event makes pointless is left out, and the order stays', () => {
  const sent: unknown[] = [];
  const batch = new EventBatch((events) => sent.push(...events));
  batch.add('search.wave', wave(0, 1));
  batch.add('search.wave', wave(1, 3));
  batch.add('search.wave', wave(0, 2));
  batch.add('search.end', { id: ID, reason: 'limit', results: 3 });
  vi.advanceTimersByTime(BATCH_MS);
  expect(sent).toEqual([
    { name: 'search.wave', data: wave(1, 3) },
    { name: 'search.wave', data: wave(0, 2) },
    { name: 'search.end', data: { id: ID, reason: 'limit', results: 3 } },
  ]);
});

test('the last progress of a download that was cancelled is left out, that of others is not', () => {
  const sent: unknown[] = [];
  const batch = new EventBatch((events) => sent.push(...events));
  const [cancelled, other] = ['00000001', '00000002'] as DownloadId[] as [DownloadId, DownloadId];
  const progress = (id: DownloadId) => ({ id, state: 'downloading' }) as Events['download.progress'];
  batch.add('download.progress', progress(cancelled));
  batch.add('download.progress', progress(other));
  batch.add('download.failed', { id: cancelled, code: 'download.cancelled' });
  batch.add('download.failed', { id: other, code: 'content.range' });
  vi.advanceTimersByTime(BATCH_MS);
  expect(sent).toEqual([
    { name: 'download.progress', data: progress(other) },
    { name: 'download.failed', data: { id: cancelled, code: 'download.cancelled' } },
    { name: 'download.failed', data: { id: other, code: 'content.range' } },
  ]);
});

test('of a setting the last value is told, and that an earlier one needs a restart', () => {
  const sent: unknown[] = [];
  const batch = new EventBatch((events) => sent.push(...events.map(({ data }) => data)));
  const listen = { key: 'peer.listen', value: '127.0.0.1:0', restartNeeded: true } as const;
  const last = { key: 'upload.paused', value: false, restartNeeded: false } as const;
  batch.add('settings', listen);
  batch.add('settings', { ...last, value: true });
  batch.add('settings', { ...listen, restartNeeded: false });
  batch.add('settings', last);
  vi.advanceTimersByTime(BATCH_MS);
  expect(sent).toEqual([listen, { ...listen, restartNeeded: false }, last]);
});

test('nothing is sent after stop', () => {
  const sent: unknown[] = [];
  const batch = new EventBatch((events) => sent.push(...events));
  batch.add('role', { role: 'leaf' });
  batch.stop();
  vi.advanceTimersByTime(10 * BATCH_MS);
  expect(sent).toEqual([]);
});
