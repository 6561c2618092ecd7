import { parseTarget } from '../contract/address.ts';
import type { CommandInput, CommandName, CommandOutputs, Events } from '../contract/api.ts';
import { AppError } from '../contract/errors.ts';
import type { DownloadId } from '../contract/ids.ts';
import { parseSetting } from '../contract/parse-setting.ts';
import { isSettingKey, type SettingKey } from '../contract/settings.ts';
import type { EngineOptions, EnginePorts } from './engine-types.ts';
import { importList } from './lists.ts';
import type { PeerParts } from './peer-parts.ts';
import type { Clock } from './ports/index.ts';

/** One handler for each command: a command without one does not compile. */
export type CommandHandlers = { readonly [N in CommandName]: (input: CommandInput<N>) => Promise<CommandOutputs[N]> };

/** The overlay acts on a change of these; of all others it asks when it needs them. */
const OVERLAY_SETTINGS = new Set<SettingKey>([
  'supernode.role',
  'discovery.lan',
  'overlay.worlds-every',
  'reach.map-port',
]);

type Options = EngineOptions & { readonly settingChanged: (change: Events['settings']) => void };

export function commandHandlers(parts: PeerParts, ports: EnginePorts, options: Options): CommandHandlers {
  const { searches, downloads, history, library, content, overlay, saved } = parts;
  return {
    'search.start': async (input) => ({ id: searches.start(input) }),
    'search.more': async ({ id }) => {
      searches.more(id);
      return { id };
    },
    'search.stop': async ({ id }) => {
      searches.stop(id);
      return { id };
    },
    'download.add': (input) => addDownload(input, parts),
    'download.pause': async ({ id }) => downloads.pause(id).then(() => ({ id })),
    'download.resume': async ({ id }) => downloads.resume(id).then(() => ({ id })),
    'download.cancel': async ({ id }) => downloads.cancel(id).then(() => ({ id })),
    'download.discard': ({ id }) => discardDownload(id, parts, ports.clock),
    'download.move': async ({ id, place }) => downloads.move(id, place).then(() => ({ id })),
    'download.relocate': async ({ id, folder }) => downloads.relocate(id, folder).then(() => ({ id })),
    'download.set': async ({ id, maxSources, rate }) => downloads.set(id, { maxSources, rate }).then(() => ({ id })),
    'download.retry': async ({ id, node }) => downloads.retry(id, node).then(() => ({ id })),
    'download.source': async ({ id, node, use }) => downloads.useSource(id, node, use).then(() => ({ id })),
    'download.allow-local': async ({ id, url }) => downloads.allowLocal(id, url).then(() => ({ id })),
    'download.clear': async () => ({ cleared: await downloads.clear() }),
    'history.clear': async () => ({ cleared: await history.clear() }),
    'saved.add': async (input) => ({ id: await saved.add(input) }),
    'saved.set': async (input) => saved.set(input).then(() => ({ id: input.id })),
    'saved.remove': async ({ id }) => saved.remove(id).then(() => ({ id })),
    'saved.seen': async ({ id }) => saved.seen(id).then(() => ({ id })),
    'upload.set': async ({ id, rate }) => {
      content.limit(id, rate);
      return { id };
    },
    'share.add': async ({ path }) => library.addFolder(path, { kept: true }).then((added) => ({ path: added })),
    'share.remove': async ({ path }) => parts.sharedDownloads.removeFolder(path).then(() => ({ path })),
    'share.file': async ({ path, shared }) => {
      const { path: real, withdrawn } = await library.choices.setShared(path, shared);
      if (withdrawn) content.withdraw(withdrawn);
      return { path: real };
    },
    'share.describe': async ({ hash, fields }) => library.choices.describe(hash, fields).then(() => ({ hash })),
    'list.import': (input) =>
      importList(input, { parts, reader: ports.descriptors, files: ports.files, self: ports.identity.nodeId }),
    'verdict.set': async ({ hash, size, name = '', verdict }) => {
      const { isPublic } = await parts.votes.set({ hash, size, name, verdict });
      return { hash, size, verdict, isPublic };
    },
    'identity.rotate': async ({ cancel = false }) => {
      if (!cancel) return { next: await ports.keeper.rotate() };
      await ports.keeper.keep();
      return { next: null };
    },
    'block.add': async ({ rule }) => ({ rule: await parts.blocks.add(rule) }),
    'block.remove': async ({ rule }) => ({ rule: await parts.blocks.remove(rule) }),
    'block.import': ({ text }) => parts.blocks.import(text),
    'strikes.forgive': async ({ who }) => {
      if (!parts.strikes.forgive(who))
        throw new AppError('input.unknown', { what: who, why: 'nothing is held against it: see "shoal strikes"' });
      downloads.shutOutChanged();
      return { who };
    },
    'settings.set': async ({ key, value }) => {
      if (!isSettingKey(key)) throw new AppError('settings.unknown', { key });
      const parsed = parseSetting(key, value);
      if ('why' in parsed) throw new AppError('settings.invalid', { key, value: String(value), why: parsed.why });
      const { restartNeeded } = await options.settings.set(key, parsed.value);
      const change = { key, value: parsed.value, restartNeeded };
      options.settingChanged(change);
      if (key === 'download.history') await parts.shortenHistory();
      if (OVERLAY_SETTINGS.has(key)) overlay.settingsChanged();
      if (key === 'downloads.share' || key === 'downloads.folder') await parts.sharedDownloads.settingChanged();
      if (key === 'votes.publish') parts.votes.settingChanged();
      parts.limits.look();
      return change;
    },
  };
}

async function addDownload(
  input: CommandInput<'download.add'>,
  { downloads, judge }: PeerParts,
): Promise<CommandOutputs['download.add']> {
  const { hash, size, name, output, maxSources, only, sources = [], web = [] } = input;
  const targets = sources.map(({ target }) => {
    const parsed = parseTarget(target);
    if (!parsed)
      throw new AppError('input.invalid', { what: target, why: 'a source is HOST:PORT or shoal://NODEID@HOST:PORT' });
    return parsed;
  });
  const webSeeds = web.map(({ url, local = false }) => ({ url, isLocalAllowed: local }));
  const id = await downloads.add({ hash, size, name, output, maxSources, only, given: targets, sources: webSeeds });
  if (size !== undefined) judge.taken({ hash, size });
  return { id, hash };
}

/** What is deleted so soon after it came was not what its name said, or was broken. */
const SOON_MS = 60 * 60_000;

async function discardDownload(id: DownloadId, { downloads, judge }: PeerParts, clock: Clock) {
  const { writtenMs, ...file } = await downloads.discard(id);
  const ageMs = writtenMs === undefined ? undefined : clock.wallMs() - writtenMs;
  if (ageMs !== undefined && ageMs < SOON_MS) judge.did(file, 'deleted-soon');
  return { id };
}
