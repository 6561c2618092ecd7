import { classifyHost } from '../../contract/address-block.ts';
import { AppError } from '../../contract/errors.ts';
import { parseWebUrl, placeOf, type WebPlace, type WebUrl } from '../../contract/web-url.ts';

/** Which web servers may be asked (protocol section 12): a list of mirrors must not aim this peer at its own network. */

/** Redirects that are followed, one after the other. */
export const MAX_REDIRECTS = 5;
/** Ports below belong to well-known services (RFC 6335); a mirror has one of its own or one above. */
const FIRST_OPEN_PORT = 1024;
const WEB_PORTS = new Set([80, 443]);
/** Above them, services that take a line of text as an order: those that browsers refuse too (Fetch standard, "bad port"). */
const SERVICE_PORTS = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
]);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

export const isRedirect = (status: number): boolean => REDIRECTS.has(status);

/** Whether the word of the user for a host holds for a place: there, and at the usual ports, to which a server of web pages may redirect. */
export const isCovered = ({ host, port }: WebPlace, allowed: WebPlace | undefined): boolean =>
  host === allowed?.host && (port === allowed.port || WEB_PORTS.has(port));

/** Fails with web.not-allowed for the port of another service, unless the user allowed the host. */
export function requirePort({ host, port }: WebPlace, isAllowed: boolean): void {
  if (isAllowed || WEB_PORTS.has(port) || (port >= FIRST_OPEN_PORT && !SERVICE_PORTS.has(port))) return;
  throw new AppError('web.not-allowed', { host, why: `port ${port} belongs to another service` });
}

/**
 * Fails with web.local-address when any address of a host lies in a local network, unless the user allowed the host; with web.not-allowed
 * when it is none of one machine. Whoever answers for the name may give other addresses the next time, so one bad one spoils it.
 */
export function requirePublic(host: string, addresses: readonly string[], isAllowed: boolean): void {
  for (const address of addresses) {
    const kind = classifyHost(address);
    if (kind === 'multicast' || kind === 'unusable' || kind === 'name')
      throw new AppError('web.not-allowed', { host, why: `${address} is no address of a server` });
    if (kind !== 'public' && !isAllowed) throw new AppError('web.local-address', { host, address });
  }
}

/** Where a redirect leads; fails with web.redirect when it is not followed. */
export function redirected(from: WebUrl, location: string | undefined, count: number): WebUrl {
  const host = placeOf(from).host;
  if (count > MAX_REDIRECTS) throw new AppError('web.redirect', { host, why: `more than ${MAX_REDIRECTS} redirects` });
  const to = parseWebUrl(location ?? '', from);
  if (to === undefined) throw new AppError('web.redirect', { host, why: 'it leads to no web address' });
  if (placeOf(from).isSecure && !placeOf(to).isSecure)
    throw new AppError('web.redirect', { host, why: 'it leads from https to http' });
  return to;
}
