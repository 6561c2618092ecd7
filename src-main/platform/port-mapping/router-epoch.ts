/** For how long a router says that it has kept its mappings, and when it said so (monotonic ms of this machine). */
export type RouterEpoch = { readonly seconds: number; readonly atMs: number };

/** What rounding and the way there make of it, and by how much clocks may differ (RFC 6887, section 8.5). */
const SLACK_SECONDS = 2;
const DRIFT = 1 / 16;
const STEP_BACK_SECONDS = 1;

/**
 * Whether a router lost its mappings between two answers: its time went back, or not on as ours did (RFC 6887, section 8.5; RFC 6886, section
 * 3.6, has the same for NAT-PMP). One that always says 0 does not count.
 */
export function hasLostMappings(before: RouterEpoch | undefined, after: RouterEpoch): boolean {
  if (!before || (before.seconds === 0 && after.seconds === 0)) return false;
  const ours = (after.atMs - before.atMs) / 1000;
  const theirs = after.seconds - before.seconds;
  if (theirs < -STEP_BACK_SECONDS) return true;
  return ours + SLACK_SECONDS < theirs * (1 - DRIFT) || theirs + SLACK_SECONDS < ours * (1 - DRIFT);
}
