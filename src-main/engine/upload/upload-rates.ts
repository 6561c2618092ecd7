import type { Settings } from '../../contract/settings.ts';
import type { Clock } from '../ports/index.ts';
import { TokenBucket } from '../token-bucket.ts';
import { BURST_SECONDS, type Transfer } from './transfer.ts';

type Deps = {
  readonly clock: Clock;
  readonly settings: () => Pick<Settings, 'upload.rate' | 'upload.rate-each'>;
};

/** A piece under a rate limit lasts this long: the reader sees a steady trickle, never a pause that looks like a stall. */
const PIECE_SECONDS = 0.25;

/** How fast bytes may go: all uploads together, and each, as the settings say or the user said of one. */
export class UploadRates {
  readonly #settings: Deps['settings'];
  readonly #bucket: TokenBucket;
  /** As the user set them, by the id of the upload. */
  readonly #own = new Map<string, number>();

  constructor({ clock, settings }: Deps) {
    this.#settings = settings;
    const rate = () => settings()['upload.rate'];
    this.#bucket = new TokenBucket({ clock, rate, capacity: () => rate() * BURST_SECONDS });
  }

  /** Sets the limit of one upload, bytes a second; 0 takes it back. */
  set(id: string, rate: number): void {
    if (rate === 0) this.#own.delete(id);
    else this.#own.set(id, rate);
  }

  /** What the user set for it; 0: nothing. */
  own(id: string): number {
    return this.#own.get(id) ?? 0;
  }

  of(id: string): number {
    return this.own(id) || this.#settings()['upload.rate-each'];
  }

  /** Forgets those of uploads that are over. */
  prune(isListed: (id: string) => boolean): void {
    for (const id of this.#own.keys()) if (!isListed(id)) this.#own.delete(id);
  }

  isLimited({ bucket }: Transfer): boolean {
    return !(bucket.isUnlimited && this.#bucket.isUnlimited);
  }

  /** Waits until the bytes may go. */
  async admit({ bucket }: Transfer, bytes: number, signal: AbortSignal): Promise<void> {
    if (!bucket.isUnlimited) await bucket.wait(bytes, signal);
    if (!this.#bucket.isUnlimited) await this.#bucket.wait(bytes, signal);
  }

  pieceBytes({ key }: Transfer): number {
    const each = this.of(key);
    const rate = Math.min(
      this.#settings()['upload.rate'] || Number.POSITIVE_INFINITY,
      each || Number.POSITIVE_INFINITY,
    );
    return Math.ceil(rate * PIECE_SECONDS);
  }
}
