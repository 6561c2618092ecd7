import type { PeerAddress } from '../../contract/address.ts';
import { classifyHost, isPrivateHost } from '../../contract/address-block.ts';
import { parseIp } from '../../contract/ip.ts';
import type { MappingView } from '../../contract/network.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, Logger, MappedPort, PortMapper, Timer } from '../ports/index.ts';

export type PortMappingDeps = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: () => Settings;
  /** Undefined where there is no router to ask. */
  readonly mapper?: PortMapper | undefined;
  /** Where this peer listens; undefined while it does not. */
  readonly listen: () => PeerAddress | undefined;
  /** There is a mapping, another one, or none any more; or the router had forgotten it. */
  readonly changed: () => void;
};

/** What is asked of routers (RFC 6886 recommends two hours, of which many give one). */
const LEASE_MS = 60 * 60_000;
/** A router that was started again gets this much time; the next tries come later, in steps of two. */
const FIRST_RETRY_MS = 5000;
/** Where none maps ports, one is looked for again: the machine may have moved. */
const FIRST_LOOK_MS = 60_000;
const LAST_LOOK_MS = 30 * 60_000;
/** Shorter leases are renewed as if they were this long: a router must not make work. */
const LEAST_LEASE_MS = 10_000;

/** Keeps a port open in the router, from when this peer turns out to be unreachable. */
export class PortMapping {
  readonly #deps: PortMappingDeps;
  #mapped: MappedPort | undefined;
  #isWanted = false;
  #isLooking = false;
  #wasFruitless = false;
  /** The router passed a port on, and stopped. */
  #isLost = false;
  #running: AbortController | undefined;
  #timer: Timer | undefined;
  #work: Promise<void> = Promise.resolve();

  constructor(deps: PortMappingDeps) {
    this.#deps = deps;
  }

  /**
   * Where others can connect to this peer, as seen from `host`; undefined: where it listens. Who is in this network does not go through the
   * router, and who comes by IPv6 comes to an address of this machine itself.
   */
  portTowards(host: string): number | undefined {
    const isOutside = !isPrivateHost(host) && parseIp(host)?.version !== 6;
    return isOutside ? this.#mapped?.external.port : undefined;
  }

  view(): MappingView {
    const { protocol = null, router = null, external } = this.#mapped ?? {};
    return { state: this.#state(), protocol, router, host: external?.host ?? null, port: external?.port ?? null };
  }

  start(): void {
    this.#running ??= new AbortController();
  }

  /** Nobody can connect to this peer: a router may be asked, or asked again. */
  wanted(): void {
    if (this.#isWanted && (this.#isLooking || this.#wasFruitless)) return;
    this.#isWanted = true;
    this.#soon(0);
  }

  /** What the router passed on may be gone: it is asked now where it was asked before. Resolves when it has answered. */
  renewNow(): Promise<void> {
    const signal = this.#running?.signal;
    if (signal && this.#isWanted && !this.#isLooking) {
      this.#timer?.cancel();
      this.#begin(signal, 0);
    }
    return this.#work;
  }

  /** The setting reach.map-port may have changed. */
  reconsider(): void {
    this.#wasFruitless = false;
    if (!this.#deps.settings()['reach.map-port']) this.#forget();
    else if (this.#isWanted && !this.#mapped) this.#soon(0);
  }

  /** Takes the mapping back. Idempotent. */
  async stop(): Promise<void> {
    this.#running?.abort();
    this.#running = undefined;
    this.#timer?.cancel();
    await this.#work;
    const mapped = this.#mapped;
    this.#mapped = undefined;
    await mapped?.remove();
  }

  #state(): MappingView['state'] {
    if (!this.#deps.settings()['reach.map-port'] || !this.#deps.mapper) return 'off';
    if (this.#mapped) return 'mapped';
    if (this.#isLooking) return 'looking';
    return this.#wasFruitless ? 'none' : 'not-needed';
  }

  #soon(delayMs: number, failures = 0): void {
    this.#timer?.cancel();
    const signal = this.#running?.signal;
    if (!signal) return;
    this.#timer = this.#deps.clock.setTimer(delayMs, () => this.#begin(signal, failures));
  }

  #begin(signal: AbortSignal, failures: number): void {
    this.#timer = undefined;
    this.#work = this.#work
      .then(() => this.#keep(signal, failures))
      .catch((thrown: unknown) => {
        if (!signal.aborted) this.#deps.logger.error('port mapping failed', { why: String(thrown) });
      });
  }

  /** Renews what there is, or looks for a router that does it. */
  async #keep(signal: AbortSignal, failures: number): Promise<void> {
    const { mapper, listen, settings } = this.#deps;
    const at = listen();
    if (signal.aborted || !mapper || !settings()['reach.map-port'] || !at || classifyHost(at.host) === 'loopback')
      return;
    this.#isLooking = true;
    const before = this.#mapped;
    const wanted = { listen: at, leaseMs: LEASE_MS };
    const asking = (async () => (await before?.renew(signal)) ?? (await mapper.open(wanted, signal)))();
    const next = await asking.finally(() => {
      this.#isLooking = false;
    });
    if (signal.aborted || !settings()['reach.map-port']) return next?.remove();
    this.#wasFruitless = !next;
    this.#isLost = !next && (this.#isLost || before !== undefined);
    if (next) this.#soon(Math.max(next.leaseMs, LEAST_LEASE_MS) / 2);
    else
      this.#soon(Math.min(LAST_LOOK_MS, (this.#isLost ? FIRST_RETRY_MS : FIRST_LOOK_MS) * 2 ** failures), failures + 1);
    this.#become(next);
  }

  #become(next: MappedPort | undefined): void {
    const before = this.#mapped;
    this.#mapped = next;
    if (next?.wasLost) this.#deps.logger.info('the router had forgotten the port', { router: next.router });
    if (keyOf(before) === keyOf(next) && !next?.wasLost) return;
    const { protocol, router, external } = next ?? {};
    if (next) this.#deps.logger.info('the router passes a port on', { protocol, router, ...external });
    else this.#deps.logger.info('the router passes no port on any more', { router: before?.router });
    this.#deps.changed();
  }

  #forget(): void {
    const mapped = this.#mapped;
    this.#timer?.cancel();
    this.#mapped = undefined;
    if (!mapped) return;
    this.#work = this.#work.then(() => mapped.remove());
    this.#deps.changed();
  }
}

const keyOf = (mapped: MappedPort | undefined): string | undefined =>
  mapped && `${mapped.router} ${mapped.external.host} ${mapped.external.port}`;
