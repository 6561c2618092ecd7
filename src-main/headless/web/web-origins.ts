import { hostname, networkInterfaces } from 'node:os';
import type { PeerAddress } from '../../contract/address.ts';
import { formatAddress } from '../../contract/address.ts';

const LOOPBACK = ['127.0.0.1', '::1', 'localhost'];

/** Whether only this machine can connect to `host`. */
export const isLoopback = (host: string): boolean => LOOPBACK.includes(host) || /^127\.\d+\.\d+\.\d+$/.test(host);

/**
 * The names by which a browser may call the face. Any other `Host` is somebody's name that was pointed at this machine (DNS rebinding),
 * any other `Origin` somebody's page.
 */
export class WebOrigins {
  readonly #scheme: string;
  readonly #hosts: ReadonlySet<string>;

  constructor({ host, port }: PeerAddress, { isSecure }: { readonly isSecure: boolean }) {
    this.#scheme = isSecure ? 'https' : 'http';
    this.#hosts = new Set(namesOf(host).map((name) => withPort(name, port, isSecure)));
  }

  isHost(host: string | undefined): boolean {
    return host !== undefined && this.#hosts.has(host.toLowerCase());
  }

  /** A page of ours, asked for by the same name. */
  isOrigin(origin: string | undefined, host: string | undefined): boolean {
    return this.isHost(host) && origin === `${this.#scheme}://${host?.toLowerCase()}`;
  }
}

function namesOf(host: string): readonly string[] {
  if (isLoopback(host)) return [host, ...LOOPBACK];
  if (host !== '::' && host !== '0.0.0.0') return [host];
  const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
  return [...LOOPBACK, hostname().toLowerCase(), ...own];
}

/** As browsers write it: without the scheme's own port. */
function withPort(host: string, port: number, isSecure: boolean): string {
  const text = formatAddress({ host, port });
  return port === (isSecure ? 443 : 80) ? text.slice(0, text.lastIndexOf(':')) : text;
}
