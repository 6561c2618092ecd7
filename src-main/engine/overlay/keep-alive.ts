import type { Clock, KeepAlive, KeepAliveOptions, SessionLink, Timer } from '../ports/index.ts';

type KeepAliveDeps = { readonly clock: Clock; readonly link: Pick<SessionLink, 'ping'> };

/** Finds out by pings whether the other side of a link lives (protocol section 5). One timer a link, which looks how long it was silent. */
export class PingKeepAlive implements KeepAlive {
  readonly #deps: KeepAliveDeps;
  readonly #options: KeepAliveOptions;
  #heardMs: number;
  #pingedMs: number | undefined;
  #timer: Timer | undefined;
  #isStopped = false;

  constructor(deps: KeepAliveDeps, options: KeepAliveOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#heardMs = deps.clock.monotonicMs();
    this.#lookIn(options.silenceMs());
  }

  heard(): void {
    this.#heardMs = this.#deps.clock.monotonicMs();
    this.#pingedMs = undefined;
  }

  pingNow(): void {
    if (this.#isStopped || this.#pingedMs !== undefined) return;
    const { clock, link } = this.#deps;
    this.#pingedMs = clock.monotonicMs();
    this.#lookIn(this.#options.timeoutMs());
    link.ping().then(
      (rttMs) => {
        if (rttMs !== undefined) this.#options.measured(rttMs);
      },
      (thrown: unknown) => this.#options.failed(thrown),
    );
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  #lookIn(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#deps.clock.setTimer(delayMs, () => this.#look());
  }

  #look(): void {
    if (this.#isStopped) return;
    const { silenceMs, timeoutMs, silent } = this.#options;
    const nowMs = this.#deps.clock.monotonicMs();
    if (this.#pingedMs !== undefined) {
      const leftMs = this.#pingedMs + timeoutMs() - nowMs;
      if (leftMs > 0) this.#lookIn(leftMs);
      else silent();
      return;
    }
    const quietMs = this.#heardMs + silenceMs() - nowMs;
    if (quietMs > 0) this.#lookIn(quietMs);
    else this.pingNow();
  }
}
