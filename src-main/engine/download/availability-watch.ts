import { AppError, toAppError } from '../../contract/errors.ts';
import type { ContentHash } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import { ChunkMap } from '../content/chunk-map.ts';
import { chunkCount } from '../content/constants.ts';
import type { Clock, Headers, Logger } from '../ports/index.ts';
import { SMALL_ANSWER_BYTES } from '../wire/limits.ts';
import type { SourceDialler } from './download-deps.ts';
import type { PeerSource } from './source.ts';

export type WatchDeps = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly dialler: Pick<SourceDialler, 'request'>;
  readonly settings: () => Settings;
  readonly hash: ContentHash;
  readonly size: number;
  /** What requests for this file say beside. */
  readonly headers: () => Headers;
  /** The source holds other chunks than before. */
  readonly changed: () => void;
  /** It does not tell any more: what is known of it may be wrong by now. */
  readonly failed: (error: AppError) => void;
};

/** A source with news tells them at once; without any it answers after this, s. */
const WAIT_SECONDS = 4;
/**
 * A source is asked for news when its last are so old, be it that it told them with bytes that it sent: chunks that come in a rush are told
 * together, and one that sends all the time is hardly asked.
 */
const PACE_MS = 400;
const RETRY_MS = 1000;
/** Failures in a row, each of which may be an accident. */
const FAILURES = 2;

/** Keeps itself told which chunks a source that has not all of them can give now, for as long as that source is used. */
export class AvailabilityWatch {
  readonly #deps: WatchDeps;
  #running: AbortController | undefined;

  constructor(deps: WatchDeps) {
    this.#deps = deps;
  }

  /** Until it is stopped, or the source has the whole file. Idempotent. */
  start(source: PeerSource): void {
    if (this.#running) return;
    const running = new AbortController();
    this.#running = running;
    void this.#run(source, running.signal).finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
  }

  stop(): void {
    this.#running?.abort();
    this.#running = undefined;
  }

  async #run(source: PeerSource, signal: AbortSignal): Promise<void> {
    const { clock, changed, failed, logger } = this.#deps;
    let etag: string | undefined;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const answer = await this.#ask(source, etag, signal);
        if (signal.aborted) return;
        failures = 0;
        if (answer) {
          ({ etag } = answer);
          source.tells(answer.held);
          changed();
          if (answer.held.isFull) return;
        }
        await this.#untilOld(source, signal);
      } catch (error) {
        if (signal.aborted) return;
        failures++;
        logger.debug('a source does not tell which chunks it has', { node: source.nodeId, error });
        if (failures >= FAILURES) failed(toAppError(error));
        await clock.sleep(RETRY_MS, signal).catch(() => undefined);
      }
    }
  }

  async #untilOld(source: PeerSource, signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    const ageMs = () => clock.monotonicMs() - source.toldMs;
    do await clock.sleep(Math.max(PACE_MS - ageMs(), PACE_MS / 4), signal);
    while (ageMs() < PACE_MS);
  }

  /** undefined: as before. */
  async #ask(
    source: PeerSource,
    etag: string | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly held: ChunkMap; readonly etag: string | undefined } | undefined> {
    const { dialler, settings, hash, size, headers } = this.#deps;
    const chunks = chunkCount(size);
    const conditional = etag === undefined ? {} : { 'if-none-match': etag, prefer: `wait=${WAIT_SECONDS}` };
    const answer = await dialler.request(
      source,
      {
        method: 'GET',
        path: `/content/${hash}/chunks`,
        headers: { ...headers(), ...conditional },
        // As much as an error takes, or why it tells none would be lost.
        maxBytes: Math.max(Math.ceil(chunks / 8), SMALL_ANSWER_BYTES),
        timeoutMs: settings()['overlay.request-timeout'] + WAIT_SECONDS * 1000,
      },
      signal,
    );
    if (answer.status === 304) return undefined;
    const held = answer.status === 200 ? ChunkMap.fromBytes(answer.body, chunks) : undefined;
    if (!held) throw new AppError('peer.protocol', { address: source.nodeId, why: `status ${answer.status}` });
    return { held, etag: answer.headers.etag };
  }
}
