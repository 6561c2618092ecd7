import { classifyHost } from './address-block.ts';
import { isNodeId, type NodeId, shortId } from './ids.ts';

/** A web seed: an address of a file on a web server (http or https), as `parseWebUrl` writes it. */
export type WebUrl = string & { readonly brand: 'WebUrl' };
/** What names a source of a download: the key of a peer, or the address of a web seed. */
export type SourceId = NodeId | WebUrl;
/** Where a WebUrl leads; `host` is a name or an IP address without brackets. */
export type WebPlace = { readonly isSecure: boolean; readonly host: string; readonly port: number };

/** Longer ones are refused by many servers (RFC 9110, section 4.1 asks for 8000 at least). */
const MAX_LENGTH = 2048;
const SCHEME = /^https?:\/\//i;
/** Nobody can listen there. */
const NO_PORT = '0';
const BLANKS = /[\s\p{Cc}]/u;

/**
 * Reads an absolute http or https URL, or one relative to `base`; undefined for anything else, and for one that carries a name or a
 * password. The fragment, which no server sees, is left out.
 */
export function parseWebUrl(text: string, base?: WebUrl): WebUrl | undefined {
  if (text.length > MAX_LENGTH || BLANKS.test(text) || (base === undefined && !SCHEME.test(text))) return undefined;
  const url = URL.parse(text, base);
  if (!url || !SCHEME.test(url.href) || url.username !== '' || url.password !== '' || url.hostname === '')
    return undefined;
  if (url.port === NO_PORT) return undefined;
  url.hash = '';
  return url.href.length <= MAX_LENGTH ? (url.href as WebUrl) : undefined;
}

export const isWebUrl = (text: string): text is WebUrl => parseWebUrl(text) === text;
export const isSourceId = (text: string): text is SourceId => isNodeId(text) || isWebUrl(text);

/** How a source is shown to people: the first digits of a peer's key, or the host of a web seed. */
export const shortSource = (id: SourceId): string => (isNodeId(id) ? shortId(id) : placeOf(id).host);

const LOCAL_NAME = /^[^.]*$|\.(localhost|local|lan|internal|home\.arpa)$/;
/** Whether a URL says by itself that it leads into a local network: reason to ask the user. A name may lead there without looking so. */
export function looksLocal(url: WebUrl): boolean {
  const { host } = placeOf(url);
  const kind = classifyHost(host);
  return kind === 'name' ? LOCAL_NAME.test(host) : kind !== 'public';
}

export function placeOf(url: WebUrl): WebPlace {
  const { protocol, hostname, port } = new URL(url);
  const isSecure = protocol === 'https:';
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return { isSecure, host, port: port === '' ? (isSecure ? 443 : 80) : Number(port) };
}
