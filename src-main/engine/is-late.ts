import type { Clock } from './ports/index.ts';

/** Whether `work` has neither ended nor failed after `ms`. With an aborted signal it is waited for no longer, and is not late. */
export async function isLate(
  clock: Clock,
  { work, ms }: { readonly work: Promise<unknown>; readonly ms: number },
  signal?: AbortSignal,
): Promise<boolean> {
  const waited = new AbortController();
  const ended = () => false;
  const sleep = clock.sleep(ms, signal ? AbortSignal.any([waited.signal, signal]) : waited.signal);
  const late = await Promise.race([work.then(ended, ended), sleep.then(() => true, ended)]);
  waited.abort();
  return late;
}
