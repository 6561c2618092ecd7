import type { PeerTarget } from '../../contract/address.ts';
import { toAppError } from '../../contract/errors.ts';
import type { Flow } from '../../contract/network.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, Links, Logger } from '../ports/index.ts';
import { PROBE_BYTES, SMALL_ANSWER_BYTES } from '../wire/limits.ts';

export type LineRatesDeps = {
  readonly clock: Clock;
  readonly links: Links;
  readonly logger: Logger;
  readonly settings: () => Settings;
  readonly supernodes: () => readonly PeerTarget[];
  /** The fastest that files travelled, bytes a second. */
  readonly transfers: () => Flow;
};

/** Supernodes tried for one probe. */
const TRIES = 3;
/** First pause after one that failed; it doubles up to the setting reach.interval: a refusal says try later, a line that is too slow costs each time. */
const RETRY_MS = 2 * 60_000;
const PROBE_BODY = new Uint8Array(PROBE_BYTES.up);

/** How fast this peer's line is, from what it transferred; where that says too little, from a short probe with a supernode. */
export class LineRates {
  readonly #deps: LineRatesDeps;
  #probed: Flow | undefined;
  #nextMs = Number.NEGATIVE_INFINITY;
  #retryMs = RETRY_MS;

  constructor(deps: LineRatesDeps) {
    this.#deps = deps;
  }

  /** What the last probe found, bytes a second. */
  get probed(): Flow | undefined {
    return this.#probed;
  }

  /** Whether anybody is known who could take part in a probe. */
  get canProbe(): boolean {
    return this.#deps.supernodes().length > 0;
  }

  /** Bytes a second; undefined while nothing was measured. */
  rates(): { readonly up: number | undefined; readonly down: number | undefined } {
    const { up, down } = this.#deps.transfers();
    const best = (seen: number, probed = 0) => Math.round(Math.max(seen, probed)) || undefined;
    return { up: best(up, this.#probed?.up), down: best(down, this.#probed?.down) };
  }

  /** Unless there was one lately. Never fails: what cannot be measured stays unknown. */
  async probe(signal: AbortSignal): Promise<void> {
    const { clock, settings, supernodes, logger } = this.#deps;
    const startMs = clock.monotonicMs();
    if (startMs < this.#nextMs) return;
    const intervalMs = settings()['reach.interval'];
    // Set before it is known how it ends, so that there is one at a time.
    this.#nextMs = startMs + Math.min(this.#retryMs, intervalMs);
    this.#retryMs = Math.min(2 * this.#retryMs, intervalMs);
    for (const to of supernodes().slice(0, TRIES)) {
      try {
        const down = await this.#timed(to, 'GET', signal);
        const up = await this.#timed(to, 'POST', signal);
        this.#probed = { down: PROBE_BYTES.down / down, up: PROBE_BYTES.up / up };
        this.#nextMs = startMs + intervalMs;
        this.#retryMs = RETRY_MS;
        return;
      } catch (thrown) {
        if (signal.aborted) return;
        logger.debug('a probe of the line failed', { node: to.nodeId, why: toAppError(thrown).message });
      }
    }
  }

  /** Seconds, with what the connection took: a line that is slow to open is slow for small requests too. */
  async #timed(to: PeerTarget, method: 'GET' | 'POST', signal: AbortSignal): Promise<number> {
    const { clock, links, settings } = this.#deps;
    const startMs = clock.monotonicMs();
    const { status } = await links.request(
      to,
      {
        method,
        path: '/probe',
        ...(method === 'POST' && { body: PROBE_BODY }),
        maxBytes: method === 'GET' ? PROBE_BYTES.down : SMALL_ANSWER_BYTES,
        timeoutMs: settings()['overlay.request-timeout'],
      },
      signal,
    );
    if (status !== 200) throw new Error(`answered with ${status}`);
    return Math.max(clock.monotonicMs() - startMs, 1) / 1000;
  }
}
