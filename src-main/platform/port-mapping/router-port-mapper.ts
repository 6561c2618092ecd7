import type { MappedPort, PortMapper, WantedMapping } from '../../engine/ports/index.ts';
import { type OwnNetwork, ownNetworks } from './own-routers.ts';
import { searchRouters } from './ssdp-search.ts';
import { mapByUdp } from './udp-mapping.ts';
import { mapByUpnp } from './upnp-mapping.ts';

type Deps = {
  /** The address that the user bound this peer to: nothing goes out from another. */
  readonly localAddress: () => string | undefined;
};

/** The PortMapper port over the routers of this machine's private networks. */
export class RouterPortMapper implements PortMapper {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async open({ listen, leaseMs }: WantedMapping, signal: AbortSignal): Promise<MappedPort | undefined> {
    const ports = { internalPort: listen.port, externalPort: listen.port, leaseMs };
    for (const network of await ownNetworks(this.#deps.localAddress() ?? listen.host)) {
      const mapped = await mapIn(network, ports, signal);
      signal.throwIfAborted();
      if (mapped) return mapped;
    }
    return undefined;
  }
}

type Ports = { readonly internalPort: number; readonly externalPort: number; readonly leaseMs: number };

async function mapIn(network: OwnNetwork, ports: Ports, signal: AbortSignal): Promise<MappedPort | undefined> {
  const { own, routers } = network;
  for (const router of routers) {
    const mapped = await mapByUdp({ ...ports, own, router }, signal);
    if (mapped) return mapped;
  }
  for (const location of await searchRouters(network, signal)) {
    const mapped = await mapByUpnp(location, { ...ports, own }, signal);
    if (mapped) return mapped;
  }
  return undefined;
}
