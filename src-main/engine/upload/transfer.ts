import type { Clock } from '../ports/index.ts';
import { RateMeter } from '../rate-meter.ts';
import { TokenBucket } from '../token-bucket.ts';
import type { FileBody } from './file-body.ts';
import type { WantedFile } from './upload-slots.ts';

type Deps = { readonly clock: Clock; readonly rate: () => number };

/** A quarter of a second of the limit may go out at once: 2.5 % of any ten seconds, and large against a timer's delay. */
export const BURST_SECONDS = 0.25;

/** One file on its way to one client, over all its requests: what was sent, how fast, and how fast it may be. */
export class Transfer {
  /** For lists. */
  readonly key: string;
  readonly wanted: WantedFile;
  readonly bucket: TokenBucket;
  /** Answers that are being sent now. */
  readonly bodies = new Set<FileBody>();
  readonly #meter: RateMeter;
  readonly #clock: Clock;
  #sent = 0;
  #closedMs = 0;

  /** `rate`: how fast it may be, bytes a second; 0 = no limit of its own. */
  constructor({ clock, rate }: Deps, wanted: WantedFile, key: string) {
    this.key = key;
    this.#clock = clock;
    this.wanted = wanted;
    this.#meter = new RateMeter(clock);
    this.bucket = new TokenBucket({ clock, rate, capacity: () => rate() * BURST_SECONDS });
  }

  /** What is being sent now: answers to one client go out one after the other. */
  get range(): FileBody['range'] | undefined {
    const [first] = this.bodies;
    return first?.range;
  }

  /** When its last answer ended. */
  get closedMs(): number {
    return this.#closedMs;
  }

  /** Bytes handed to the system. */
  get sent(): number {
    return this.#sent;
  }

  /** Bytes a second, smoothed; 0 while nothing runs. */
  get rateBps(): number {
    return this.bodies.size === 0 ? 0 : this.#meter.rateBps();
  }

  opened(body: FileBody): void {
    this.bodies.add(body);
    this.#meter.start();
  }

  closed(body: FileBody): void {
    this.bodies.delete(body);
    this.#closedMs = this.#clock.monotonicMs();
    if (this.bodies.size === 0) this.#meter.pause();
  }

  count(bytes: number): void {
    this.#sent += bytes;
    this.#meter.add(bytes);
  }
}
