import { formatAddress, type PeerAddress } from '../contract/address.ts';
import { AppError } from '../contract/errors.ts';
import type { Clock } from '../engine/ports/index.ts';

export type Meeting<P> = {
  /** The same for both. */
  readonly place: string;
  readonly who: P;
  readonly waitMs: number;
  /** For messages. */
  readonly address: PeerAddress;
  readonly signal: AbortSignal | undefined;
};

type Waiting<P> = { readonly who: P; readonly meet: (other: P) => void };

/** Where two peers of a virtual network wait for each other: both dial at once, or both come to a relay. */
export class MemoryMeetings<P> {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, Waiting<P>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves with the other one; fails with peer.timeout, or the signal's reason. */
  meet({ place, who, waitMs, address, signal }: Meeting<P>): Promise<P> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const first = this.#waiting.get(place);
      if (first && first.who !== who) {
        this.#waiting.delete(place);
        first.meet(who);
        return resolve(first.who);
      }
      const leave = () => {
        timer.cancel();
        signal?.removeEventListener('abort', onAbort);
        if (this.#waiting.get(place) === waiting) this.#waiting.delete(place);
      };
      const onAbort = () => {
        leave();
        reject(signal?.reason);
      };
      const timer = this.#clock.setTimer(waitMs, () => {
        leave();
        reject(new AppError('peer.timeout', { address: formatAddress(address) }));
      });
      const waiting: Waiting<P> = {
        who,
        meet: (other) => {
          leave();
          resolve(other);
        },
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.set(place, waiting);
    });
  }
}
