import { isPrivateHost, singleBlock } from '../../contract/address-block.ts';

export type WaitingCaps = { readonly ofAddress: number; readonly ofPrivateAddress: number; readonly ofAll: number };

/** Counts bytes of answers that lie in memory until the other side has taken them. */
export class WaitingAnswers {
  readonly #caps: WaitingCaps;
  readonly #byAddress = new Map<string, number>();
  #all = 0;

  constructor(caps: WaitingCaps) {
    this.#caps = caps;
  }

  /** Counts an answer until the returned function is called; undefined when too much waits already for its address, or for all. */
  take(host: string, bytes: number): (() => void) | undefined {
    const isPrivate = isPrivateHost(host);
    const key = isPrivate ? host : singleBlock(host);
    const waiting = this.#byAddress.get(key) ?? 0;
    const most = isPrivate ? this.#caps.ofPrivateAddress : this.#caps.ofAddress;
    if (waiting > 0 && (waiting + bytes > most || this.#all + bytes > this.#caps.ofAll)) return undefined;
    this.#change(key, bytes);
    let isOver = false;
    return () => {
      if (!isOver) this.#change(key, -bytes);
      isOver = true;
    };
  }

  #change(key: string, by: number): void {
    this.#all += by;
    const waiting = (this.#byAddress.get(key) ?? 0) + by;
    if (waiting > 0) this.#byAddress.set(key, waiting);
    else this.#byAddress.delete(key);
  }
}
