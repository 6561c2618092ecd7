import { formatAddress, formatTarget, type PeerAddress, type PeerTarget, parseTarget } from '../contract/address.ts';
import { classifyHost } from '../contract/address-block.ts';
import type { QueryInput, QueryName, QueryOutputs } from '../contract/api.ts';
import type { Descriptor } from '../contract/descriptor.ts';
import { AppError } from '../contract/errors.ts';
import type { NetworkView } from '../contract/network.ts';
import type { SettingView, StatusView } from '../contract/outputs.ts';
import { SETTING_KEYS, SETTINGS } from '../contract/settings.ts';
import type { EngineOptions, EnginePorts } from './engine-types.ts';
import { exportList, writeList } from './lists.ts';
import { isPrefix, knownSupernode, metPeer } from './named-peer.ts';
import type { PeerParts } from './peer-parts.ts';
import { SHARES_PAGE_BYTES } from './wire/limits.ts';

/** One handler for each query: a query without one does not compile. */
export type QueryHandlers = { readonly [N in QueryName]: (input: QueryInput<N>) => Promise<QueryOutputs[N]> };

type Options = EngineOptions & { readonly listening: () => PeerAddress };
type Peer = { readonly parts: PeerParts; readonly ports: EnginePorts; readonly options: Options };

const PAGE = 500;
const HISTORY_PAGE = 100;
const RESULTS_PAGE = 2000;
const BLOCKS_PAGE = 1000;
const STRIKES_SHOWN = 500;
/** Addresses of one peer (protocol section 4). */
const OWN_ADDRESSES = 4;

export function queryHandlers(parts: PeerParts, ports: EnginePorts, options: Options): QueryHandlers {
  const { downloads, content, overlay, library, media, searches, saved, traffic, votes } = parts;
  return {
    status: async () => status(parts, ports, options),
    downloads: async () => downloads.list(),
    'download.chunks': async ({ id }) => downloads.chunks(id),
    history: ({ before, limit = HISTORY_PAGE }) => parts.history.page(before, limit),
    uploads: async () => content.uploads(),
    supernodes: async () => overlay.supernodes(),
    shares: async () => library.shares(),
    'shares.files': ({ limit = PAGE, ...query }) => library.files({ ...query, limit }),
    'library.progress': async () => library.progress.view(),
    'shares.hidden': async () => library.choices.leftOut(),
    'list.export': ({ of }) => exportList(of, { parts, self: ownTargets(parts, ports, options) }),
    'list.write': async (input) => writeList(input),
    browse: (input) => browse(input, { parts, ports, options }),
    strikes: async () => parts.strikes.list(STRIKES_SHOWN),
    blocks: async ({ after = 0, limit = BLOCKS_PAGE }) => parts.blocks.page(after, limit),
    'blocks.export': async () => parts.blocks.export(),
    settings: async () => settingViews(options),
    'media.type': (request) => media.type(request),
    network: () => networkView(parts, ports),
    traffic: async () => traffic.view(),
    saved: async () => saved.list(),
    searches: async () => searches.list(),
    votes: async (file) => {
      votes.look(file);
      return votes.opinion(file);
    },
    'search.results': async ({ id, after = 0, limit = RESULTS_PAGE }) => searches.results(id, after, limit),
  };
}

function status(
  { overlay, library, downloads, content, traffic, limits }: PeerParts,
  ports: EnginePorts,
  options: Options,
): StatusView {
  const { files, bytes } = library.totals();
  const { down, up } = traffic.rates();
  const reach = overlay.reachability();
  const { slots, freeSlots, queueLength } = content.load();
  return {
    node: ports.identity.nodeId,
    nextNode: ports.keeper.next() ?? null,
    name: options.settings.get()['peer.name'],
    uptimeMs: traffic.uptimeMs,
    listen: formatAddress(options.listening()),
    invitations: ownTargets({ overlay }, ports, options).map(formatTarget),
    role: overlay.role(),
    parent: overlay.parentView() ?? null,
    ...overlay.counts(),
    files,
    bytes,
    downloads: downloads.unfinished,
    uploads: content.uploads().filter(({ state }) => state === 'active').length,
    uploadSlots: {
      slots,
      used: slots - freeSlots,
      waiting: queueLength,
      isAutomatic: options.settings.get()['upload.slots'] === 0,
    },
    downRate: down,
    upRate: up,
    reachability: reach.state,
    reach: { tests: reach.tests, mapping: reach.mapping, outside: reach.outside },
    limits: limits.view(),
    worlds: overlay.surroundings().worlds.state,
    relay: overlay.relays.view(),
    election: overlay.election(),
  };
}

async function networkView({ overlay, queries, content }: PeerParts, { index }: EnginePorts): Promise<NetworkView> {
  const { rows, contents, bytes } = await index.counts();
  const { slots, freeSlots, queueLength } = content.load();
  return {
    ...overlay.place(),
    ...overlay.surroundings(),
    election: overlay.election(),
    reachability: overlay.reachability(),
    index: { files: rows, contents },
    queries: queries.counts(),
    load: { slots, usedSlots: slots - freeSlots, queue: queueLength },
    duty: { ...overlay.duty(), indexBytes: overlay.role() === 'supernode' ? bytes : null },
    relay: overlay.relays.view(),
  };
}

async function browse(
  { target: text, after }: QueryInput<'browse'>,
  { parts: { links, overlay, downloads, dialRules, blocks }, ports: { descriptors }, options: { settings } }: Peer,
): Promise<QueryOutputs['browse']> {
  const chosen = parseTarget(text) ?? knownSupernode(text, overlay);
  const target = chosen ?? metPeer(text, { overlay, downloads });
  if (!target) {
    if (!isPrefix(text))
      throw new AppError('input.invalid', { what: text, why: 'it is NODEID, HOST:PORT or shoal://NODEID@HOST:PORT' });
    const why = 'no supernode, child or source of a download begins so: give HOST:PORT or shoal://NODEID@HOST:PORT';
    throw new AppError('input.unknown', { what: text, why });
  }
  // Where others say that a peer is, the dialling rules hold.
  if (chosen) dialRules.trustAddress(chosen.address);
  const answer = await links.request(target, {
    method: 'GET',
    path: `/shares?limit=${PAGE}${after === undefined ? '' : `&after=${after}`}`,
    maxBytes: SHARES_PAGE_BYTES,
    timeoutMs: settings.get()['overlay.request-timeout'],
  });
  const address = formatAddress(target.address);
  if (answer.status === 403) throw new AppError('peer.refused', { address, why: 'it does not let others browse' });
  if (answer.status !== 200) throw new AppError('peer.refused', { address, why: `status ${answer.status}` });
  const decoded = await descriptors.readPage(answer.body);
  if (!decoded.ok) throw new AppError('peer.protocol', { address, why: decoded.why });
  const { files, next } = decoded.page;
  const isBlocked = (file: Descriptor) => blocks.ruleOfFile(file) !== undefined;
  const [blocked, shown] = [files.filter(isBlocked), files.filter((file) => !isBlocked(file))];
  return { node: answer.remote.nodeId, files: shown, blocked, next };
}

/** Where this peer may be reached: from other networks, as far as is known, then at the address that the user chose, or those of the interfaces. */
function ownTargets(
  { overlay }: Pick<PeerParts, 'overlay'>,
  { identity, ownHosts }: EnginePorts,
  { listening }: Options,
): PeerTarget[] {
  const { host, port } = listening();
  const isAny = host === '0.0.0.0' || host === '::';
  const hosts = isAny ? ownHosts().filter((own) => ['public', 'private'].includes(classifyHost(own))) : [host];
  const inside = hosts.map((own) => formatAddress({ host: own, port }));
  const addresses = [...new Set([...overlay.reachability().outside, ...inside])].slice(0, OWN_ADDRESSES);
  return addresses.flatMap((text) => parseTarget(`shoal://${identity.nodeId}@${text}`) ?? []);
}

function settingViews({ settings }: Options): SettingView[] {
  const values = settings.get();
  return SETTING_KEYS.map((key) => ({
    key,
    value: values[key],
    default: SETTINGS[key].default,
    help: SETTINGS[key].help,
  }));
}
