import { formatAddress, type PeerAddress } from '../../contract/address.ts';
import { AppError, type ErrorCode, toAppError } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, IncomingResponse, Links } from '../ports/index.ts';
import { type About, aboutSchema } from '../wire/about.ts';
import { readJson } from '../wire/http-answer.ts';
import { SMALL_ANSWER_BYTES, SUPERNODE_LIST_BYTES } from '../wire/limits.ts';
import type { SupernodeEntry } from '../wire/messages/supernode-entry.ts';
import { supernodeListSchema } from '../wire/supernode-list.ts';
import type { HostCache } from './host-cache.ts';
import type { JoiningTarget, Way } from './known-supernode.ts';

export type AskDeps = {
  readonly links: Links;
  readonly clock: Clock;
  readonly settings: () => Settings;
  readonly cache: HostCache;
};

/** A peer that answered `GET /supernodes`. `entry` is itself, undefined when it is a leaf. */
export type Answerer = {
  readonly entry: SupernodeEntry | undefined;
  readonly named: readonly SupernodeEntry[];
};

/** Asks a peer which supernodes it knows, and remembers what it says. Fails with peer.*. */
export function askSupernodes(deps: AskDeps, to: JoiningTarget, signal?: AbortSignal): Promise<Answerer> {
  return askList(deps, to, { path: '/supernodes', maxBytes: SUPERNODE_LIST_BYTES, signal });
}

/** The same, but any of them, not those near to this peer. */
export function askAnySupernodes(deps: AskDeps, to: JoiningTarget, signal?: AbortSignal): Promise<Answerer> {
  return askList(deps, to, { path: '/supernodes?order=random', maxBytes: SUPERNODE_LIST_BYTES, signal });
}

async function askList(deps: AskDeps, to: JoiningTarget, question: Question): Promise<Answerer> {
  const { response, rttMs } = await get(deps, to, question);
  const list = readJson(supernodeListSchema, response);
  if (response.status !== 200 || !list) throw badAnswer(to, '/supernodes');
  const entry = noteAbout(deps.cache, list.about, { ...to, response, rttMs });
  deps.cache.heard(list.supernodes, { host: to.address.host, nodeId: response.remote.nodeId, way: to.way });
  return { entry, named: list.supernodes };
}

/** One round trip to a peer, ms, and what it says of itself. Fails with peer.*. */
export async function askAbout(
  deps: AskDeps,
  to: JoiningTarget,
  signal?: AbortSignal,
): Promise<{ readonly rttMs: number; readonly entry: SupernodeEntry | undefined }> {
  const { response, rttMs } = await get(deps, to, { path: '/about', maxBytes: SMALL_ANSWER_BYTES, signal });
  const about = readJson(aboutSchema, response);
  if (response.status !== 200 || !about) throw badAnswer(to, '/about');
  return { rttMs, entry: noteAbout(deps.cache, about, { ...to, response, rttMs }) };
}

/** Said by this peer, not by what it met there. */
const OURS = new Set<ErrorCode>(['peer.dial-limited', 'peer.blocked', 'peer.banned', 'internal']);

/** Counts a failed attempt against an address, unless this peer only waits before it dials there again. */
export function noteFailure(cache: HostCache, nodeId: NodeId | undefined, address: PeerAddress, thrown: unknown): void {
  const { code } = toAppError(thrown);
  if (nodeId !== undefined && !OURS.has(code)) cache.failed(nodeId, address);
}

type NotedAnswer = {
  readonly response: IncomingResponse;
  readonly address: PeerAddress;
  readonly rttMs: number;
  readonly way?: Way | undefined;
};
type Question = { readonly path: string; readonly maxBytes: number; readonly signal: AbortSignal | undefined };

async function get(
  { links, settings, cache }: AskDeps,
  to: JoiningTarget,
  { path, maxBytes, signal }: Question,
): Promise<{ readonly response: IncomingResponse; readonly rttMs: number }> {
  try {
    const timeoutMs = settings()['overlay.request-timeout'];
    const response = await links.request(to, { method: 'GET', path, maxBytes, timeoutMs }, signal);
    return { response, rttMs: response.elapsedMs };
  } catch (thrown) {
    if (!signal?.aborted) noteFailure(cache, to.nodeId, to.address, thrown);
    throw thrown;
  }
}

/** What it says of itself is believed, except its name: that is the key that answered. */
function noteAbout(
  cache: HostCache,
  { role, children, capacity, uptimeSeconds }: About,
  { response, address, rttMs, way }: NotedAnswer,
): SupernodeEntry | undefined {
  const { nodeId } = response.remote;
  if (role !== 'supernode') {
    cache.forget(nodeId);
    return undefined;
  }
  const entry = { nodeId, address, children, capacity, uptimeSeconds };
  // A name that the user gave is dialled again as it is; others are told the address behind it.
  cache.reached({ entry: { ...entry, address: response.remote.address }, rttMs, way });
  return entry;
}

function badAnswer({ address }: JoiningTarget, path: string): AppError {
  return new AppError('peer.protocol', { address: formatAddress(address), why: `no usable answer to ${path}` });
}
