import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS, type Settings } from '../../../src-main/contract/settings.ts';
import { RateLimits } from '../../../src-main/engine/limits/rate-limits.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';

const KIB = 1024;
const MIB = 2 ** 20;
const HOUR = 3_600_000;
const SCHEDULE = 'mon-fri 08:00-18:00 up=200KiB down=1MiB; sat,sun pause';

let clock: VirtualClock;
let settings: Settings;
let line: { up: number | undefined; down: number | undefined };
let presence: { idleMs?: number; onBattery?: boolean; isMetered?: boolean };
let changes: number;
let limits: RateLimits;

beforeEach(() => {
  // The virtual clock begins on Thursday, 2026-01-01, 00:00 UTC.
  clock = new VirtualClock();
  settings = DEFAULT_SETTINGS;
  line = { up: undefined, down: undefined };
  presence = {};
  changes = 0;
  limits = new RateLimits({
    clock,
    settings: () => settings,
    line: () => line,
    presence: { read: () => presence },
    changed: () => changes++,
  });
  limits.start();
});
afterEach(() => {
  limits.stop();
  expect(clock.pendingTimers).toBe(0);
});

function set(changed: Partial<Settings>): void {
  settings = { ...settings, ...changed };
  limits.look();
}
const now = () => {
  const {
    'upload.rate': up,
    'download.rate': down,
    'upload.paused': isPaused,
    'download.running': running,
  } = limits.settings();
  return { up, down, isPaused, running };
};

describe('a schedule', () => {
  test('is in force within a second of its hour, and out again', async () => {
    set({ 'limits.schedule': SCHEDULE, 'upload.rate': 5 * MIB });
    expect(now()).toEqual({ up: 5 * MIB, down: 0, isPaused: false, running: 5 });
    await clock.advance(8 * HOUR - 1000);
    expect([now().up, changes]).toEqual([5 * MIB, 1]);
    await clock.advance(1001);
    expect([now(), changes]).toEqual([{ up: 200 * KIB, down: MIB, isPaused: false, running: 5 }, 2]);
    await clock.advance(10 * HOUR);
    expect([now().up, changes]).toEqual([5 * MIB, 3]);
    // Saturday.
    await clock.advance(30 * HOUR);
    expect([now(), changes]).toEqual([{ up: 0, down: 0, isPaused: true, running: 0 }, 6]);
  });

  test('goes by the local time of this machine', async () => {
    clock.offsetMs = 9 * HOUR;
    set({ 'limits.schedule': SCHEDULE });
    expect(now().up).toBe(200 * KIB);
    await clock.advance(9 * HOUR);
    expect(now().up).toBe(0);
  });

  test('says what comes next, and when', async () => {
    set({ 'limits.schedule': SCHEDULE, 'upload.rate': 5 * MIB });
    await clock.advance(90_000);
    expect(limits.view()).toEqual({
      up: { rate: 5 * MIB, why: 'setting' },
      down: { rate: 0, why: 'none' },
      next: { inMs: 8 * HOUR - 90_000, up: { rate: 200 * KIB, why: 'schedule' }, down: { rate: MIB, why: 'schedule' } },
      line: { up: null, down: null },
    });
    set({ 'limits.schedule': '' });
    expect(limits.view().next).toBeNull();
  });

  test('may lift a limit', () => {
    set({ 'limits.schedule': '00:00-06:00 up=none', 'upload.rate': MIB });
    expect(now().up).toBe(0);
    expect(limits.view().up).toEqual({ rate: 0, why: 'schedule' });
  });
});

describe('a share of the line', () => {
  test('is a limit once the line is known, and the lowest limit holds', () => {
    set({ 'limits.up-percent': 80 });
    expect(now().up).toBe(0);
    line = { up: 10 * MIB, down: 20 * MIB };
    limits.look();
    expect(now()).toMatchObject({ up: 8 * MIB, down: 0 });
    set({ 'upload.rate': MIB, 'limits.down-percent': 50 });
    expect(now()).toMatchObject({ up: MIB, down: 10 * MIB });
    set({ 'upload.rate': 9 * MIB });
    expect(limits.view().up).toEqual({ rate: 8 * MIB, why: 'line' });
  });

  test('is not one of a limit: what a limit let through says nothing of the line', () => {
    set({ 'upload.rate': MIB, 'limits.up-percent': 50 });
    line = { up: 1.02 * MIB, down: undefined };
    limits.look();
    expect(limits.view()).toMatchObject({ up: { rate: MIB, why: 'setting' }, line: { up: null } });
    line = { up: 0.5 * MIB, down: undefined };
    limits.look();
    expect(limits.view().up).toEqual({ rate: MIB / 4, why: 'line' });
  });

  test('does not shrink because it is kept', () => {
    set({ 'limits.up-percent': 80 });
    line = { up: 10 * MIB, down: undefined };
    limits.look();
    line = { up: 8 * MIB, down: undefined };
    limits.look();
    expect(now().up).toBe(8 * MIB);
  });
});

describe('quiet', () => {
  beforeEach(() => {
    line = { up: 10 * MIB, down: 20 * MIB };
    set({ 'limits.quiet': 'both' });
  });

  test('is while somebody works here, and for five minutes more', () => {
    presence = { idleMs: 299_000 };
    limits.look();
    expect([now(), changes]).toEqual([{ up: 2.5 * MIB, down: 5 * MIB, isPaused: false, running: 5 }, 1]);
    expect(limits.view().up.why).toBe('quiet');
    presence = { idleMs: 301_000 };
    limits.look();
    expect(now().up).toBe(0);
  });

  test('is on battery and on a metered line, if the user wants that', () => {
    presence = { onBattery: true };
    limits.look();
    expect(now().up).toBe(2.5 * MIB);
    set({ 'limits.quiet': 'busy' });
    expect(now().up).toBe(0);
    presence = { idleMs: 0, isMetered: true };
    limits.look();
    expect(now().up).toBe(2.5 * MIB);
    set({ 'limits.quiet': 'battery', 'limits.quiet-percent': 10 });
    expect(now().up).toBe(MIB);
  });

  test('is never where nobody can tell', () => {
    presence = {};
    limits.look();
    expect(now().up).toBe(0);
  });
});

test('the settings are the same object as long as nothing changes, and no timer runs where nothing can', () => {
  const first = limits.settings();
  expect(limits.settings()).toBe(first);
  expect(clock.pendingTimers).toBe(0);
  set({ 'upload.rate': 5 });
  expect(limits.settings()).not.toBe(first);
  expect(now().up).toBe(5);
  set({ 'upload.paused': true });
  expect(now()).toMatchObject({ isPaused: true, running: 5 });
  expect(limits.view().up).toEqual({ rate: 0, why: 'paused' });
});
