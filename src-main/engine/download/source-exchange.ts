import { z } from 'zod';
import { parseAddress } from '../../contract/address.ts';
import type { ContentHash } from '../../contract/ids.ts';
import { nodeIdSchema } from '../../contract/schemas.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, Headers, Logger, Timer } from '../ports/index.ts';
import { readJson } from '../wire/http-answer.ts';
import { SOURCES_BYTES } from '../wire/limits.ts';
import type { SourceDialler } from './download-deps.ts';
import { type FoundSource, isPeer, type PeerSource, type Source } from './source.ts';
import type { SourcePool } from './source-pool.ts';

type Deps = {
  readonly clock: Clock;
  readonly dialler: Pick<SourceDialler, 'request'>;
  readonly logger: Logger;
  readonly settings: () => Settings;
  readonly hash: ContentHash;
  readonly pool: SourcePool;
  readonly headers: () => Headers;
  readonly found: (source: FoundSource) => void;
};

/** A source is asked whom else it knows as soon as it has answered, then after this, and then more and more seldom. */
const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 300_000;
/** How often it is looked whom to ask. */
const LOOK_MS = 500;
const AT_ONCE = 3;
/** Sources read of one answer (protocol section 5). */
const MAX_NAMED = 20;

const answerSchema = z.object({
  sources: z.array(z.object({ node: nodeIdSchema, address: z.string(), complete: z.boolean() })).max(MAX_NAMED),
});

type Asked = { atMs: number; pauseMs: number };

/** Asks the sources of a file for further ones (alternate locations): who fetches it finds those who fetch it too. */
export class SourceExchange {
  readonly #deps: Deps;
  readonly #asked = new WeakMap<Source, Asked>();
  #running = 0;
  #timer: Timer | undefined;
  #signal: AbortSignal | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Until the signal aborts. */
  run(signal: AbortSignal): void {
    this.#signal = signal;
    this.#timer?.cancel();
    this.#look();
  }

  #look(): void {
    const { clock, pool } = this.#deps;
    const signal = this.#signal;
    if (!signal || signal.aborted) return;
    this.#timer = clock.setTimer(LOOK_MS, () => this.#look());
    const nowMs = clock.monotonicMs();
    for (const source of pool.usable) {
      if (this.#running >= AT_ONCE) return;
      if (!isPeer(source) || !isHeard(source)) continue;
      const asked = this.#asked.get(source);
      if (asked && nowMs - asked.atMs < asked.pauseMs) continue;
      const pauseMs = asked ? Math.min(2 * asked.pauseMs, LONGEST_PAUSE_MS) : FIRST_PAUSE_MS;
      this.#asked.set(source, { atMs: nowMs, pauseMs });
      this.#running++;
      void this.#ask(source, signal).finally(() => this.#running--);
    }
  }

  async #ask(source: PeerSource, signal: AbortSignal): Promise<void> {
    const { dialler, settings, hash, headers, found, logger } = this.#deps;
    try {
      const answer = await dialler.request(
        source,
        {
          method: 'GET',
          path: `/content/${hash}/sources`,
          headers: headers(),
          maxBytes: SOURCES_BYTES,
          timeoutMs: settings()['overlay.request-timeout'],
        },
        signal,
      );
      const read = answer.status === 200 ? readJson(answerSchema, answer) : undefined;
      for (const { node, address: text, complete } of read?.sources ?? []) {
        const at = parseAddress(text);
        if (at && !signal.aborted) found({ nodeId: node, addresses: [at], isPartial: !complete, by: 'exchange' });
      }
    } catch (error) {
      if (!signal.aborted) logger.debug('a source names no others', { node: source.nodeId, error });
    }
  }
}

/** It has answered lately. */
const isHeard = ({ state }: Source): boolean => state === 'active' || state === 'idle' || state === 'queued';
