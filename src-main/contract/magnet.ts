import { formatTarget, type PeerTarget, parseTarget } from './address.ts';
import { type ContentHash, parseContentHash } from './ids.ts';
import { parseWebUrl, type WebUrl } from './web-url.ts';

/** What a magnet link of ours says: `magnet:?xt=urn:tree:sha256:<hash>&dn=<name>&xl=<size>&xs=<source>&ws=<web seed>`. */
export type Magnet = {
  readonly hash: ContentHash;
  readonly name?: string;
  readonly size?: number;
  readonly sources: readonly PeerTarget[];
  readonly web: readonly WebUrl[];
};

const PREFIX = 'urn:tree:sha256:';
const MAX_LENGTH = 4096;
const MAX_SOURCES = 20;
/** Of a link that is made: more would make it too long to be passed on. */
export const MOST_MAGNET_SOURCES = 5;

/** The magnet in `text`, or undefined when it is no magnet link or names no ContentHash. Unknown parameters are passed over. */
export function parseMagnet(text: string): Magnet | undefined {
  if (text.length > MAX_LENGTH || !/^magnet:\?/i.test(text)) return undefined;
  const fields = decodeFields(text.slice(text.indexOf('?') + 1));
  const topic = fields.find(([key, value]) => key === 'xt' && value.toLowerCase().startsWith(PREFIX))?.[1];
  const hash = topic === undefined ? undefined : parseContentHash(topic.slice(PREFIX.length));
  if (hash === undefined) return undefined;
  const name = fields.find(([key]) => key === 'dn')?.[1];
  const length = fields.find(([key]) => key === 'xl')?.[1] ?? '';
  const size = /^[1-9]\d{0,14}$/.test(length) ? Number(length) : undefined;
  const valuesOf = (wanted: string) => fields.filter(([key]) => key === wanted).map(([, value]) => value);
  const sources = valuesOf('xs').flatMap((value) => parseTarget(value) ?? []);
  // An exact source may be one on the web too.
  const web = [...valuesOf('ws'), ...valuesOf('xs')].flatMap((value) => parseWebUrl(value) ?? []);
  return {
    hash,
    sources: sources.slice(0, MAX_SOURCES),
    web: [...new Set(web)].slice(0, MAX_SOURCES),
    ...(name ? { name } : {}),
    ...(size ? { size } : {}),
  };
}

export function formatMagnet({ hash, name, size, sources, web = [] }: Omit<Magnet, 'web'> & Partial<Magnet>): string {
  const parts = [`xt=${PREFIX}${hash}`];
  if (name !== undefined) parts.push(`dn=${encodeURIComponent(name.toWellFormed())}`);
  if (size !== undefined) parts.push(`xl=${size}`);
  for (const source of sources) parts.push(`xs=${encodeURIComponent(formatTarget(source))}`);
  for (const url of web) parts.push(`ws=${encodeURIComponent(url)}`);
  return `magnet:?${parts.join('&')}`;
}

function decodeFields(text: string): [string, string][] {
  return text.split('&').map((part): [string, string] => {
    const at = part.indexOf('=');
    return at < 0 ? [part, ''] : [part.slice(0, at).toLowerCase(), decode(part.slice(at + 1))];
  });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    // A stray percent sign is the link's fault, not a reason to refuse the rest of it.
    return text;
  }
}
