import { AppError } from '../../contract/errors.ts';
import type { Transfer } from './transfer.ts';

/** A reader that took nothing for this long is what holds the bytes back; a piece is taken at once otherwise. */
export const BLOCKED_MS = 1000;
/** What is sent beside the slots and slower than upload.slow after this ends. */
const TURN_MS = 20_000;

/** Few are sent at once beside the slots: who takes next to nothing of what it asked for makes room. Gives those that end. */
export function endSlow(transfers: Iterable<Transfer>, slow: number, nowMs: number): ReadonlySet<Transfer> {
  const ended = new Set<Transfer>();
  for (const transfer of transfers) {
    for (const body of transfer.bodies) {
      const { ageMs, sentBytes } = body.progress(nowMs);
      const isSlow = ageMs >= TURN_MS && (sentBytes / ageMs) * 1000 < slow && body.blockedMs >= BLOCKED_MS;
      if (!isSlow) continue;
      body.cut(new AppError('content.stalled', { seconds: TURN_MS / 1000 }));
      ended.add(transfer);
    }
  }
  return ended;
}
