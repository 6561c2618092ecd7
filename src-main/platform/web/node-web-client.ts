import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { SecureContext } from 'node:tls';
import { unmapIpv4 } from '../../contract/address.ts';
import type { WebUrl } from '../../contract/web-url.ts';
import type { WebClient, WebConnection } from '../../engine/ports/index.ts';
import { toPeerError } from '../links/socket-error.ts';
import { DirectWebConnection } from './direct-web-connection.ts';
import { readAuthorities } from './read-authorities.ts';
import { trustingContext } from './trusting-context.ts';

type Deps = {
  /** The address that the user bound the peer to, or undefined for any; asked each time. */
  readonly localAddress: () => string | undefined;
  /** A connection must stand within this, ms. */
  readonly dialTimeoutMs: () => number;
  /** Whose certificates are believed, PEM, some in each text; for tests. Default: those that the system believes. */
  readonly authorities?: () => Promise<readonly string[]>;
};

/** Web servers over Node's sockets. Proxies that the environment names are not used: they would be asked instead of the address that was checked. */
export class NodeWebClient implements WebClient {
  readonly #deps: Deps;
  #secureContext: Promise<SecureContext> | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async resolve(host: string, signal?: AbortSignal): Promise<readonly string[]> {
    signal?.throwIfAborted();
    if (isIP(host)) return [unmapIpv4(host)];
    const local = this.#deps.localAddress();
    try {
      const resolving = local === undefined ? lookupAll(host) : resolveFrom(local, host);
      return await (signal ? raced(resolving, signal) : resolving);
    } catch (error) {
      throw signal?.aborted ? signal.reason : toPeerError(error, { host, port: 0 });
    }
  }

  open(url: WebUrl, address: string): WebConnection {
    const { localAddress, dialTimeoutMs } = this.#deps;
    return new DirectWebConnection(url, address, {
      localAddress: localAddress(),
      dialTimeoutMs: dialTimeoutMs(),
      secureContext: () => this.#secure(),
    });
  }

  /** Made for the first https connection; when it could not be, the next one tries again. */
  #secure(): Promise<SecureContext> {
    if (this.#secureContext) return this.#secureContext;
    const { authorities = readAuthorities } = this.#deps;
    const made = authorities().then(trustingContext);
    made.catch(() => {
      this.#secureContext = undefined;
    });
    this.#secureContext = made;
    return made;
  }
}

/** As the system does it, with its file of hosts. */
async function lookupAll(host: string): Promise<string[]> {
  const found = await lookup(host, { all: true, order: 'verbatim' });
  return found.map(({ address }) => unmapIpv4(address));
}

/** A bound peer asks from its own address, and only for addresses that it can reach from there. */
function resolveFrom(local: string, host: string): Promise<string[]> {
  const resolver = new Resolver();
  if (isIP(local) === 6) {
    resolver.setLocalAddress('0.0.0.0', local);
    return resolver.resolve6(host);
  }
  resolver.setLocalAddress(local);
  return resolver.resolve4(host);
}

/** Leaves nothing with the signal, which may live for hours, and with it all that hangs on it. */
async function raced<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
