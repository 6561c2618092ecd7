import type { LimitsView, LimitView } from '../../contract/limits.ts';
import type { Flow } from '../../contract/network.ts';
import {
  nextChange,
  parseSchedule,
  type Scheduled,
  type ScheduleRule,
  scheduledAt,
  WEEK_MINUTES,
} from '../../contract/schedule.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, Presence, Timer } from '../ports/index.ts';
import { isPause, limitOf } from './direction-limit.ts';
import { LineMeter } from './line-meter.ts';

/** Measures the line with a supernode, whatever limits hold. */
export type LineProbe = {
  /** Bytes a second. */
  readonly probed: Flow | undefined;
  /** False: it would fail, and be the one for a while. */
  readonly canProbe: boolean;
  /** Unless there was one lately. Never fails. */
  probe(signal: AbortSignal): Promise<void>;
};
type Deps = {
  readonly clock: Clock;
  /** As the user made them. */
  readonly settings: () => Settings;
  /** Bytes of files that went between this peer and others outside its own network: within, they say nothing of the line. */
  readonly moved: () => Flow;
  /** Undefined: not made yet. */
  readonly line: () => LineProbe | undefined;
  readonly presence?: Presence | undefined;
  /** Other limits hold than before. */
  readonly changed: () => void;
};
type Limits = { readonly up: LimitView; readonly down: LimitView };

const MINUTE_MS = 60_000;
/** 1970 began on a Thursday. */
const EPOCH_MINUTE = 3 * 24 * 60;
/** A rule that begins is in force within this. */
const LOOK_MS = 1000;
/** Nobody has touched the machine for this long: it is this peer's alone. */
const AWAY_MS = 5 * MINUTE_MS;

/** The settings as they hold now: what the schedule, the line and the user's presence make of the limits stands where the limits stood. */
export class RateLimits {
  readonly #deps: Deps;
  #base: Settings | undefined;
  #rules: readonly ScheduleRule[] = [];
  #limits: Limits | undefined;
  #current: Settings | undefined;
  #freshUntilMs = 0;
  readonly #meters = { up: new LineMeter(), down: new LineMeter() };
  #timer: Timer | undefined;
  #running: AbortController | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  start(): void {
    this.#running ??= new AbortController();
    this.look();
  }

  /** Idempotent. */
  stop(): void {
    this.#running?.abort();
    this.#running = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** `upload.rate`, `download.rate` and `upload.paused` as they are now; `download.running` is 0 while nothing is to be received. */
  settings(): Settings {
    const base = this.#deps.settings();
    const isFresh = base === this.#base && this.#deps.clock.monotonicMs() < this.#freshUntilMs;
    return isFresh && this.#current ? this.#current : this.#evaluate(base);
  }

  /** Puts in force what has begun; a change of settings is seen at once, time within a second. */
  look(): void {
    this.#freshUntilMs = 0;
    this.settings();
    this.#timer?.cancel();
    this.#timer = undefined;
    if (!this.#running || !this.#isMoving()) return;
    this.#measure();
    this.#timer = this.#deps.clock.setTimer(LOOK_MS, () => this.look());
  }

  view(): LimitsView {
    const base = this.#deps.settings();
    this.look();
    const { minute, intoMinuteMs } = this.#localTime();
    const change = nextChange(this.#rules, minute);
    const next = change && {
      inMs: change.inMinutes * MINUTE_MS - intoMinuteMs,
      ...this.#limitsAt(base, change.limits),
    };
    const { up = null, down = null } = this.#lines();
    return { ...this.#limitsAt(base, scheduledAt(this.#rules, minute)), next: next ?? null, line: { up, down } };
  }

  /** Whether the limits move without a change of the settings. */
  #isMoving(): boolean {
    const { 'limits.up-percent': up, 'limits.down-percent': down, 'limits.quiet': quiet } = this.#deps.settings();
    return this.#rules.length > 0 || up > 0 || down > 0 || quiet !== 'never';
  }

  #evaluate(base: Settings): Settings {
    if (base['limits.schedule'] !== this.#base?.['limits.schedule']) this.#rules = rulesOf(base);
    this.#base = base;
    const before = this.#limits;
    const limits = this.#limitsAt(base, scheduledAt(this.#rules, this.#localTime().minute));
    this.#limits = limits;
    this.#freshUntilMs = this.#deps.clock.monotonicMs() + (this.#isMoving() ? LOOK_MS : Number.POSITIVE_INFINITY);
    this.#current = Object.freeze({
      ...base,
      'upload.rate': limits.up.rate,
      'upload.paused': isPause(limits.up),
      'download.rate': limits.down.rate,
      'download.running': isPause(limits.down) ? 0 : base['download.running'],
    });
    if (before && !isSame(before, limits) && this.#running) this.#deps.changed();
    return this.#current;
  }

  #limitsAt(base: Settings, scheduled: Scheduled): Limits {
    const nowMs = this.#deps.clock.monotonicMs();
    const line = this.#lines();
    const percentOf = (direction: keyof Flow) =>
      this.#meters[direction].isLifted(nowMs) ? 0 : base[`limits.${direction}-percent` as const];
    const quietPercent = this.#isQuiet(base) ? base['limits.quiet-percent'] : undefined;
    return {
      up: limitOf({
        ...{ isPaused: base['upload.paused'], setting: base['upload.rate'], scheduled: scheduled.up },
        ...{ lineBps: line.up, percent: percentOf('up'), quietPercent },
      }),
      down: limitOf({
        ...{ isPaused: false, setting: base['download.rate'], scheduled: scheduled.down },
        ...{ lineBps: line.down, percent: percentOf('down'), quietPercent },
      }),
    };
  }

  /** Before the first probe nothing is known: the fastest transfer so far may have been with a slow peer. */
  #lines(): { readonly up?: number; readonly down?: number } {
    const probed = this.#deps.line()?.probed;
    if (!probed) return {};
    const { up, down } = this.#meters;
    return { up: Math.round(Math.max(probed.up, up.rateBps)), down: Math.round(Math.max(probed.down, down.rateBps)) };
  }

  /** Asks for a probe where a share of the line is wanted. */
  #measure(): void {
    const { clock, moved, line, settings } = this.#deps;
    const { up, down } = moved();
    const nowMs = clock.monotonicMs();
    this.#meters.up.look(nowMs, up, this.#limits?.up);
    this.#meters.down.look(nowMs, down, this.#limits?.down);
    const base = settings();
    const isWanted =
      base['limits.up-percent'] > 0 || base['limits.down-percent'] > 0 || base['limits.quiet'] !== 'never';
    const probe = line();
    if (this.#running && isWanted && probe && !probe.probed && probe.canProbe) void probe.probe(this.#running.signal);
  }

  #isQuiet({ 'limits.quiet': quiet }: Settings): boolean {
    if (quiet === 'never') return false;
    const { idleMs, onBattery = false, isMetered = false } = this.#deps.presence?.read() ?? {};
    const isBusy = idleMs !== undefined && idleMs < AWAY_MS;
    return (quiet !== 'battery' && isBusy) || (quiet !== 'busy' && (onBattery || isMetered));
  }

  #localTime(): { readonly minute: number; readonly intoMinuteMs: number } {
    const { clock } = this.#deps;
    const localMs = clock.wallMs() + clock.utcOffsetMs();
    const minute = (Math.floor(localMs / MINUTE_MS) + EPOCH_MINUTE) % WEEK_MINUTES;
    return { minute, intoMinuteMs: localMs % MINUTE_MS };
  }
}

/** A text that is none was refused when it was set; one of a newer version counts as empty. */
function rulesOf(settings: Settings): readonly ScheduleRule[] {
  const parsed = parseSchedule(settings['limits.schedule']);
  return 'why' in parsed ? [] : parsed;
}

function isSame(a: Limits, b: Limits): boolean {
  return a.up.rate === b.up.rate && a.up.why === b.up.why && a.down.rate === b.down.rate && a.down.why === b.down.why;
}
