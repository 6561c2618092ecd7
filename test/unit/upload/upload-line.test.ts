import { beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS, type Settings } from '../../../src-main/contract/settings.ts';
import type { Asker } from '../../../src-main/engine/upload/asker.ts';
import { UploadLine, type Verdict } from '../../../src-main/engine/upload/upload-line.ts';
import type { Slot } from '../../../src-main/engine/upload/upload-slots.ts';
import { anonymous, nodeOf, peer, wants } from '../../support/upload-askers.ts';

const MIB = 2 ** 20;
const SECOND = 1000;
const MINUTE = 60 * SECOND;

let settings: Settings;
let credits: Map<string, number>;
let line: UploadLine;

beforeEach(() => {
  settings = { ...DEFAULT_SETTINGS, 'upload.slots': 1 };
  credits = new Map();
  line = new UploadLine({
    settings: () => settings,
    slots: () => settings['upload.slots'],
    credit: (node) => credits.get(node) ?? 1,
  });
});

/** One request; `last` says that none follows. */
function ask(asker: Asker, nowMs: number, { file = 1, last = false } = {}): Verdict {
  return line.ask(wants(asker, file), { bytes: MIB, last }, nowMs);
}
function granted(verdict: Verdict): Slot {
  if (verdict.kind !== 'granted') throw new Error(`not granted: ${JSON.stringify(verdict)}`);
  return verdict.slot;
}
/** A whole range from one moment to another. */
function range(asker: Asker, from: number, to: number, options: { file?: number; last?: boolean } = {}): void {
  line.finish(granted(ask(asker, from, options)), to);
}
const [a, b, c, d] = [peer(1), peer(2), peer(3), peer(4)];

describe('a slot', () => {
  test('is kept over gaps of up to 10 s while nobody waits', () => {
    range(a, 0, 1000);
    line.settle(11_000);
    expect(line.slots.size).toBe(1);
    line.settle(11_001);
    expect(line.slots.size).toBe(0);
  });

  test('is kept over gaps of up to 3 s while others wait', () => {
    const slot = granted(ask(a, 0));
    expect(ask(b, 0).kind).toBe('queued');
    line.finish(slot, 1000);
    line.settle(4000);
    expect(line.slots.size).toBe(1);
    line.settle(4001);
    expect(line.slots.size).toBe(0);
  });

  test('is shared by requests of one peer for one file, whatever their connections', () => {
    const first = granted(ask(a, 0));
    const second = granted(ask(a, 10));
    expect(second).toBe(first);
    line.finish(first, 20);
    line.settle(MINUTE);
    expect(line.slots.size).toBe(1);
    line.finish(second, MINUTE);
    line.settle(MINUTE + 10_001);
    expect(line.slots.size).toBe(0);
  });

  test('ends with the range that was sent as the last one', () => {
    const slot = granted(ask(a, 0, { last: true }));
    line.settle(500);
    expect(line.slots.size).toBe(1);
    line.finish(slot, 1000);
    expect(line.slots.size).toBe(0);
  });

  test('goes on beyond 60 s while nobody waits', () => {
    range(a, 0, 90 * SECOND);
    expect(ask(a, 91 * SECOND).kind).toBe('granted');
  });

  test('passes on with the range running when 60 s are over, and its holder goes to the end of the line', () => {
    const slot = granted(ask(a, 0));
    expect(ask(b, 52 * SECOND).kind).toBe('queued');
    expect(ask(c, 53 * SECOND)).toMatchObject({ position: 2 });
    line.settle(61 * SECOND);
    expect(line.slots.size).toBe(1);
    expect(ask(a, 60 * SECOND)).toMatchObject({ kind: 'queued', position: 3 });
    line.finish(slot, 61 * SECOND);
    expect(line.slots.size).toBe(0);
    expect(ask(b, 62 * SECOND).kind).toBe('granted');
  });

  test('does not pass on for the sake of somebody whom a free slot already awaits', () => {
    settings = { ...settings, 'upload.slots': 2 };
    const first = granted(ask(a, 0));
    const second = granted(ask(b, 0));
    expect(ask(c, 55 * SECOND).kind).toBe('queued');
    line.finish(second, 56 * SECOND);
    line.settle(59_500);
    expect(line.slots.free).toBe(1);
    line.finish(first, 61 * SECOND);
    expect(ask(a, 61 * SECOND).kind).toBe('granted');
  });

  test('of a peer does not pass on to an anonymous client, of an anonymous client to both', () => {
    const slot = granted(ask(a, 0));
    expect(ask(anonymous('203.0.113.1'), 55 * SECOND).kind).toBe('queued');
    line.finish(slot, 61 * SECOND);
    range(a, 62 * SECOND, 63 * SECOND, { last: true });
    line = new UploadLine({ settings: () => settings, slots: () => settings['upload.slots'], credit: () => 1 });
    const stranger = granted(ask(anonymous('203.0.113.1'), 0));
    expect(ask(anonymous('203.0.113.2'), 55 * SECOND).kind).toBe('queued');
    line.finish(stranger, 61 * SECOND);
    expect(ask(anonymous('203.0.113.1'), 61 * SECOND).kind).toBe('queued');
  });
});

describe('slots of one peer and one address', () => {
  beforeEach(() => {
    settings = { ...settings, 'upload.slots': 4 };
  });

  test('are two for a peer when nobody waits, never three', () => {
    expect(ask(a, 0, { file: 1 }).kind).toBe('granted');
    expect(ask(a, 0, { file: 2 }).kind).toBe('granted');
    expect(ask(a, 0, { file: 3 }).kind).toBe('queued');
  });

  test('are one for a peer when others wait', () => {
    const [, , third, fourth] = [a, b, c, d].map((asker) => granted(ask(asker, 0, { last: true })));
    expect(ask(a, 50, { file: 2 })).toMatchObject({ position: 1 });
    expect(ask(peer(5), 100)).toMatchObject({ position: 2 });
    expect(ask(peer(6), 101)).toMatchObject({ position: 3 });
    for (const slot of [third, fourth]) if (slot) line.finish(slot, 5000);
    expect(ask(a, 10_050, { file: 2 }).kind).toBe('queued');
    expect(ask(peer(6), 10_101).kind).toBe('granted');
    expect(ask(peer(5), 10_102).kind).toBe('granted');
  });

  test('are two for an address whatever the number of NodeIds, counted by /64', () => {
    const [first, second, third] = ['2001:db8:1:2::1', '2001:db8:1:2::2', '2001:db8:1:2:ffff::3'];
    expect(ask(peer(1, first), 0).kind).toBe('granted');
    expect(ask(peer(2, second), 0).kind).toBe('granted');
    expect(ask(peer(3, third), 0).kind).toBe('queued');
    expect(ask(peer(4, '2001:db8:1:3::1'), 0).kind).toBe('granted');
  });

  test('are counted by NodeId in private ranges', () => {
    for (let i = 1; i <= 4; i++) expect(ask(peer(i, '127.0.0.1'), 0).kind).toBe('granted');
  });

  test('are as many for one file as the setting says, and the others go to other files', () => {
    settings = { ...settings, 'upload.per-file': 2 };
    const held = [a, b].map((asker) => granted(ask(asker, 0, { last: true })));
    expect(ask(c, 10)).toMatchObject({ kind: 'queued', position: 1 });
    expect(ask(d, 20, { file: 2 }).kind).toBe('granted');
    line.finish(held[0] as Slot, 5000);
    expect(ask(c, 10_010).kind).toBe('granted');
    settings = { ...settings, 'upload.per-file': 0 };
    expect(ask(peer(5), 10_020).kind).toBe('granted');
  });

  test('one anonymous client with many connections has one slot for a file', () => {
    const client = anonymous('127.0.0.1');
    for (let i = 0; i < 16; i++) granted(ask(client, i));
    expect(line.slots.size).toBe(1);
  });
});

describe('the order', () => {
  test('is that of waiting time', () => {
    const slot = granted(ask(a, 0));
    ask(b, 1000);
    ask(c, 2000);
    expect(ask(c, 14_000)).toMatchObject({ position: 2, length: 2 });
    ask(b, 15_000);
    line.finish(slot, 18_000);
    line.settle(22_000);
    expect(ask(c, 26_000).kind).toBe('queued');
    expect(ask(b, 26_000).kind).toBe('granted');
  });

  test('is that of waiting time times credit', () => {
    credits.set(nodeOf(3), 3);
    granted(ask(a, 0));
    ask(b, 0);
    ask(c, 10_000);
    expect(line.queue.ranked(12_000).map(({ asker }) => asker)).toEqual([b, c]);
    expect(line.queue.ranked(16_000).map(({ asker }) => asker)).toEqual([c, b]);
  });

  test('has anonymous clients last', () => {
    granted(ask(a, 0));
    expect(ask(anonymous('203.0.113.7'), 0)).toMatchObject({ position: 1 });
    expect(ask(b, 9000)).toMatchObject({ position: 1 });
    expect(ask(anonymous('203.0.113.7'), 10_000)).toMatchObject({ position: 2 });
  });

  test('is kept against newcomers while who is next is still to come back', () => {
    const slot = granted(ask(a, 0));
    ask(b, 0);
    line.finish(slot, 1000);
    line.settle(5000);
    expect(line.slots.free).toBe(1);
    expect(ask(c, 5000).kind).toBe('queued');
    expect(ask(b, 10_000).kind).toBe('granted');
  });

  test('passes over somebody who does not come back for a poll interval, who keeps the place', () => {
    const slot = granted(ask(a, 0, { last: true }));
    ask(b, 0);
    line.finish(slot, 14_000);
    expect(ask(c, 15_001).kind).toBe('granted');
    expect(ask(b, 20_000)).toMatchObject({ kind: 'queued', position: 1 });
    expect([...line.queue.all()]).toMatchObject([{ asker: b, sinceMs: 0 }]);
  });
});

describe('a place', () => {
  beforeEach(() => {
    granted(ask(a, 0));
    ask(b, 0);
    ask(c, 100);
  });

  test('is kept for 5 minutes without a poll, no longer', () => {
    expect(ask(b, 5 * MINUTE)).toMatchObject({ position: 1 });
    expect(ask(c, 10 * MINUTE)).toMatchObject({ position: 2 });
    expect(ask(b, 10 * MINUTE + 1)).toMatchObject({ position: 2 });
  });

  test('is lost by a poll that comes too early', () => {
    expect(ask(b, 8000)).toMatchObject({ position: 2 });
    expect(ask(c, 12_100)).toMatchObject({ position: 1 });
  });

  test('is not lost by a second request of the same moment, nor by a clock that runs a little fast', () => {
    expect(ask(b, 900)).toMatchObject({ position: 1 });
    expect(ask(b, 9100)).toMatchObject({ position: 1 });
  });

  test('is kept when the address changes, for it belongs to the NodeId', () => {
    expect(ask(peer(2, '203.0.113.99'), 10_000)).toMatchObject({ position: 1, length: 2 });
  });

  test('is one of at most four for one address', () => {
    for (let i = 10; i < 14; i++) expect(ask(peer(i, '203.0.113.5'), 200).kind).toBe('queued');
    expect(ask(peer(14, '203.0.113.5'), 200)).toEqual({ kind: 'refused', why: 'too-many' });
  });

  test('is refused when the queue is full, unless a peer can displace an anonymous client', () => {
    settings = { ...settings, 'upload.queue': 3 };
    expect(ask(anonymous('203.0.113.1'), 200).kind).toBe('queued');
    expect(ask(anonymous('203.0.113.2'), 200)).toEqual({ kind: 'refused', why: 'full' });
    expect(ask(d, 200)).toMatchObject({ kind: 'queued', position: 3, length: 3 });
    expect(ask(peer(5), 200)).toEqual({ kind: 'refused', why: 'full' });
  });

  test('is estimated from what the holder has still to be sent, and what the one before wants', () => {
    const eta = (asker: Asker, atMs: number): number => {
      const verdict = ask(asker, atMs);
      return verdict.kind === 'queued' ? verdict.etaMs : Number.NaN;
    };
    // Nothing is known: a whole turn of each.
    expect(eta(c, 12 * SECOND)).toBeGreaterThan(100 * SECOND);
    line = new UploadLine({ settings: () => settings, slots: () => settings['upload.slots'], credit: () => 1 });
    const slot = granted(line.ask({ ...wants(a), size: 100 * MIB }, { bytes: 40 * MIB, last: true }, 0));
    slot.sent = 20 * MIB;
    slot.rateBps = 2 * MIB;
    // 20 MiB at 2 MiB/s, and a poll that is aimed at the end of it.
    expect(eta(b, 5 * SECOND)).toBeCloseTo(12 * SECOND, -3);
    slot.sent = 36 * MIB;
    expect(ask(b, 17 * SECOND)).toMatchObject({ etaMs: 10 * SECOND, pollMs: 10 * SECOND });
  });
});
