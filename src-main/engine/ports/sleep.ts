import type { Timer } from './clock.ts';

type SetTimer = (delayMs: number, task: () => void) => Timer;

/** `Clock.sleep` made of its `setTimer`: every adapter has the same. */
export function sleepBy(setTimer: SetTimer, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = setTimer(delayMs, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
