import { formatAddress, type PeerAddress } from '../../contract/address.ts';
import { classifyHost } from '../../contract/address-block.ts';
import type { ReachView } from '../../contract/network.ts';
import { PortMapping, type PortMappingDeps } from './port-mapping.ts';
import { Reachability, type ReachabilityDeps } from './reachability.ts';
import { WayDoubts } from './way-doubts.ts';

export type OwnReachDeps = Omit<ReachabilityDeps, 'port'> &
  Omit<PortMappingDeps, 'listen' | 'changed'> & { readonly listen: () => readonly PeerAddress[] };

/** Whether and where others can connect to this peer: found out by call-backs, and helped by a port in the router when those fail. */
export class OwnReach {
  readonly reachability: Reachability;
  readonly mapping: PortMapping;
  /** What speaks against what is known. */
  readonly doubts: WayDoubts;
  readonly #listen: () => readonly PeerAddress[];
  readonly #listeners = new Set<() => void>();
  /** Others may have been told a port of the router. */
  #wasMapped = false;

  constructor(deps: OwnReachDeps) {
    this.#listen = deps.listen;
    this.reachability = new Reachability({
      ...deps,
      port: (host) => this.portTowards(host),
      changed: () => {
        if (this.reachability.isReachedByNone) this.mapping.wanted();
        deps.changed();
      },
    });
    this.mapping = new PortMapping({
      ...deps,
      listen: () => deps.listen()[0],
      changed: () => {
        this.#wasMapped = true;
        for (const listener of this.#listeners) listener();
        this.reachability.testAgain();
      },
    });
    this.doubts = new WayDoubts({
      ...deps,
      // What is not known yet need not be older to be found out.
      knownMs: () => (this.reachability.state === 'unknown' ? Number.NEGATIVE_INFINITY : this.reachability.testedMs),
      // Not the other way round: without the port in the router the test would say what was true for a moment.
      findOut: () => void this.mapping.renewNow().then(() => this.reachability.testNow()),
    });
  }

  /** Where others can connect to this peer, as far as is known, as `host` sees it; undefined while it does not listen. */
  portTowards(host: string): number | undefined {
    return this.mapping.portTowards(host) ?? this.#listen()[0]?.port;
  }

  /** The same when it may be another one than was told before. */
  newPortTowards(host: string): number | undefined {
    return this.#wasMapped ? this.portTowards(host) : undefined;
  }

  /** Told when the port may have changed; returns how to stop listening. */
  onPort(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  view(): ReachView {
    const { state } = this.reachability;
    const outside = this.#outside().map(formatAddress);
    return { state, tests: [...this.reachability.tests()], mapping: this.mapping.view(), outside };
  }

  /** The router knows its address best, unless it stands behind another router itself. */
  #outside(): readonly PeerAddress[] {
    if (this.reachability.state !== 'reachable') return [];
    const { host } = this.mapping.view();
    const hosts = host !== null && classifyHost(host) === 'public' ? [host] : this.doubts.publicHosts;
    return hosts.flatMap((outside) => {
      const port = this.portTowards(outside);
      return port === undefined ? [] : [{ host: outside, port }];
    });
  }

  start(): void {
    this.mapping.start();
    this.reachability.start();
    this.doubts.start();
  }

  async stop(): Promise<void> {
    this.doubts.stop();
    await this.reachability.stop();
    await this.mapping.stop();
  }
}
