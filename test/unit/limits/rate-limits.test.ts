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
let probed: { up: number; down: number } | undefined;
let probes: number;
let canProbe: boolean;
let moved: { up: number; down: number };
let presence: { idleMs?: number; onBattery?: boolean; isMetered?: boolean };
let changes: number;
let limits: RateLimits;

beforeEach(() => {
  // The virtual clock begins on Thursday, 2026-01-01, 00:00 UTC.
  clock = new VirtualClock();
  settings = DEFAULT_SETTINGS;
  probed = undefined;
  probes = 0;
  canProbe = true;
  moved = { up: 0, down: 0 };
  presence = {};
  changes = 0;
  limits = new RateLimits({
    clock,
    settings: () => settings,
    moved: () => moved,
    line: () => ({
      probed,
      canProbe,
      probe: async () => {
        probes++;
      },
    }),
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
  /** A second at a time, somebody takes `wanted` bytes a second, or what the line of 10 MiB/s or a limit lets through. */
  const upload = async (seconds: number, wanted = Number.POSITIVE_INFINITY) => {
    const rates: number[] = [];
    for (let second = 0; second < seconds; second++) {
      rates.push(Math.min(wanted, 10 * MIB, now().up || Number.POSITIVE_INFINITY));
      moved.up += rates.at(-1) ?? 0;
      await clock.advance(1000);
    }
    return rates;
  };

  test('is a limit once the line was probed, and the lowest limit holds', async () => {
    set({ 'limits.up-percent': 80 });
    await upload(30, MIB);
    expect([now().up, limits.view().line]).toEqual([0, { up: null, down: null }]);
    probed = { up: 10 * MIB, down: 20 * MIB };
    limits.look();
    expect(now()).toMatchObject({ up: 8 * MIB, down: 0 });
    set({ 'upload.rate': MIB, 'limits.down-percent': 50 });
    expect(now()).toMatchObject({ up: MIB, down: 10 * MIB });
    set({ 'upload.rate': 9 * MIB });
    expect(limits.view().up).toEqual({ rate: 8 * MIB, why: 'line' });
  });

  test('has the line probed only where it is wanted, and while it is not known', async () => {
    await clock.advance(HOUR);
    expect(probes).toBe(0);
    canProbe = false;
    set({ 'limits.quiet': 'busy' });
    await clock.advance(5000);
    expect(probes).toBe(0);
    canProbe = true;
    await clock.advance(5000);
    expect(probes).toBeGreaterThan(1);
    probed = { up: MIB, down: MIB };
    probes = 0;
    await clock.advance(HOUR);
    expect(probes).toBe(0);
  });

  test('is lifted now and then, so that a slow probe and slow takers hold nobody back for long', async () => {
    set({ 'limits.up-percent': 80 });
    probed = { up: 0.5 * MIB, down: MIB };
    await upload(600, 30 * KIB);
    const rates = await upload(60);
    expect(rates[0]).toBe(Math.round(0.4 * MIB));
    expect([rates.at(-1), limits.view()]).toMatchObject([8 * MIB, { up: { rate: 8 * MIB, why: 'line' } }]);
    const hour = await upload(3600);
    expect(now().up).toBe(8 * MIB);
    expect(hour.filter((rate) => rate > 8 * MIB).length).toBeLessThanOrEqual(70);
  });

  test('is not lifted while nothing reaches it, nor where another limit is lower', async () => {
    probed = { up: 10 * MIB, down: 20 * MIB };
    set({ 'limits.up-percent': 80 });
    for (const rate of await upload(900, 2 * MIB)) expect(rate).toBe(2 * MIB);
    expect(limits.view().up.why).toBe('line');
    set({ 'upload.rate': MIB });
    for (const rate of await upload(900)) expect(rate).toBe(MIB);
    expect(limits.view().line.up).toBe(10 * MIB);
  });

  test('follows a line that is slower from one day to the next', async () => {
    set({ 'limits.up-percent': 80 });
    probed = { up: MIB, down: MIB };
    await upload(60);
    expect(now().up).toBe(8 * MIB);
    await clock.advance(25 * HOUR);
    await upload(10, 0.5 * MIB);
    expect(now().up).toBe(Math.round(0.8 * MIB));
  });
});

describe('quiet', () => {
  beforeEach(() => {
    probed = { up: 10 * MIB, down: 20 * MIB };
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
