import type { Clock, Timer } from '../engine/ports/index.ts';
import { sleepBy } from '../engine/ports/sleep.ts';

/** Node fires a longer timeout at once (it is a signed 32-bit number of ms): such a wait is made of parts. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

const MINUTE_MS = 60_000;

/** The host's time. Its timers do not keep the process alive. */
export class SystemClock implements Clock {
  monotonicMs(): number {
    return performance.now();
  }

  wallMs(): number {
    return Date.now();
  }

  utcOffsetMs(): number {
    return -new Date().getTimezoneOffset() * MINUTE_MS;
  }

  setTimer(delayMs: number, task: () => void): Timer {
    let handle: NodeJS.Timeout;
    const arm = (leftMs: number) => {
      const partMs = Math.min(leftMs, MAX_TIMEOUT_MS);
      handle = setTimeout(() => (leftMs > partMs ? arm(leftMs - partMs) : task()), partMs).unref();
    };
    arm(Math.max(0, delayMs));
    return { cancel: () => clearTimeout(handle) };
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepBy((ms, task) => this.setTimer(ms, task), delayMs, signal);
  }
}
