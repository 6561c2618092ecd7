import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { formatTarget, type PeerTarget, parseTarget } from '../../contract/address.ts';
import type { CommandInput } from '../../contract/api.ts';
import { AppError } from '../../contract/errors.ts';
import { type DownloadId, parseContentHash, parseNodeId } from '../../contract/ids.ts';
import { type Magnet, parseMagnet } from '../../contract/magnet.ts';
import { isWebUrl, looksLocal } from '../../contract/web-url.ts';
import { readCount, readName, readPath, readSeconds } from '../arguments.ts';
import type { ControlClient } from '../control-client.ts';
import { DownloadWatch } from '../download-watch.ts';
import type { Output } from '../output.ts';
import { readList } from '../read-list.ts';
import { makeCommand, type Session, withPeer } from '../session.ts';
import { tellAdded, tellLocal } from '../tell-added.ts';

const SPEC = {
  name: 'get',
  summary: 'Download a file, or those of a list (Metalink 4). With --wait, Ctrl-C leaves the download running.',
  examples: [
    'get HASH --wait',
    'get "magnet:?xt=urn:tree:sha256:…" --output song.ogg',
    'get HASH --from NODE --sources 1',
    'get distribution.meta4 --wait',
  ],
};
/** One that is meant as a list, though it may not be there. */
const LIST_NAME = /\.(meta4|metalink)$/i;

type Options = {
  readonly output?: string;
  readonly sources?: number;
  readonly from?: string;
  readonly wait?: true;
  readonly timeout?: number;
  readonly allowLocal?: true;
};

export const getCommand = (session: Session): Command =>
  makeCommand(SPEC)
    .argument(
      '<HASH|MAGNET|FILE>',
      'the ContentHash, a magnet link with it, or a list: a .meta4 file of 4 MiB at most',
      readName,
    )
    .option(
      '--output <FILE>',
      'the finished file (default: in the download folder)',
      readPath(session.host.workingFolder),
    )
    .option('--sources <N>', 'use at most this many sources at once', readCount)
    .option('--from <NODE>', 'use only this peer: a NodeId or shoal://NODEID@HOST:PORT')
    .option('--allow-local', 'web servers that a link or a list names may lie in a local network')
    .option('--wait', 'show the progress, end when the file is complete')
    .option('--timeout <S>', 'with --wait: end after this many seconds; the download goes on', readSeconds)
    .action(async (what: string, options: Options, command: Command) => {
      if (options.timeout !== undefined && !options.wait) command.error("error: '--timeout' needs '--wait'");
      const list = await findList(session, what, options);
      const input = list ?? (await toInput(what, options));
      await withPeer(session, command, async ({ peer, out }) => {
        const watch = new DownloadWatch(session, peer, out);
        const waits = options.wait ?? false;
        const ids = await ('xml' in input ? addList(input, peer, out) : addOne(input, { peer, out, waits }));
        if (waits && ids.length > 0) await watch.untilEnd(ids, options.timeout);
      });
    });

type Adding = { readonly peer: ControlClient; readonly out: Output; readonly waits: boolean };

/** Gives what is to be waited for: where the user waits, also one that is on its way already. */
async function addOne(input: AddInput, { peer, out, waits }: Adding): Promise<readonly DownloadId[]> {
  const added = await peer.command('download.add', input).catch((error: unknown) => {
    if (!waits || !(error instanceof AppError) || error.code !== 'download.exists') throw error;
    out.remark(error.message);
    return error.params.id as DownloadId;
  });
  if (typeof added === 'string') return [added];
  const { id, hash } = added;
  out.answer({ event: 'added', id, hash }, () => `download ${id} added`);
  tellLocal(
    out,
    (input.web ?? []).filter(({ url, local }) => !local && isWebUrl(url) && looksLocal(url)),
  );
  return [id];
}

async function addList(input: ListInput, peer: ControlClient, out: Output): Promise<readonly DownloadId[]> {
  const outcome = await peer.command('list.import', input);
  tellAdded(out, outcome);
  if (outcome.added.length + outcome.known === 0)
    throw new AppError('input.invalid', { what: 'list', why: 'nothing in it can be found and checked' });
  return [...outcome.added.map(({ id }) => id), ...outcome.underWay];
}

type AddInput = CommandInput<'download.add'>;
type ListInput = CommandInput<'list.import'>;

/** Undefined when it names no file. */
async function findList({ host }: Session, what: string, options: Options): Promise<ListInput | undefined> {
  if (parseMagnet(what) || parseContentHash(what)) return undefined;
  const path = resolve(host.workingFolder, what);
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile() && !LIST_NAME.test(what)) return undefined;
  if (options.from !== undefined)
    throw new AppError('input.invalid', { what: '--from', why: 'a list names its sources itself' });
  return {
    xml: await readList(path),
    ...(options.output === undefined ? {} : { output: await readOutput(options.output) }),
    ...(options.sources === undefined ? {} : { maxSources: options.sources }),
    ...(options.allowLocal ? { local: true } : {}),
  };
}

async function toInput(what: string, options: Options): Promise<AddInput> {
  const { hash, name, size, sources, web } = readWhat(what);
  const only = options.from === undefined ? undefined : readNode(options.from);
  const targets = [...sources, ...(only?.target ? [only.target] : [])].map((target) => ({
    target: formatTarget(target),
  }));
  return {
    hash,
    ...(size === undefined ? {} : { size }),
    ...(name === undefined ? {} : { name: name.slice(0, 255) }),
    ...(options.output === undefined ? {} : { output: await readOutput(options.output) }),
    ...(targets.length === 0 ? {} : { sources: targets }),
    ...(web.length === 0 ? {} : { web: web.map((url) => ({ url, ...(options.allowLocal ? { local: true } : {}) })) }),
    ...(options.sources === undefined ? {} : { maxSources: options.sources }),
    ...(only === undefined ? {} : { only: only.nodeId }),
  };
}

function readWhat(text: string): Magnet {
  const magnet = parseMagnet(text);
  if (magnet) return magnet;
  const hash = parseContentHash(text);
  if (hash) return { hash, sources: [], web: [] };
  const why =
    'it is neither a ContentHash (64 hexadecimal digits), nor a magnet link with xt=urn:tree:sha256:…, nor a list (a .meta4 file)';
  throw new AppError('input.invalid', { what: text.slice(0, 100), why });
}

function readNode(text: string): { readonly nodeId: NonNullable<PeerTarget['nodeId']>; readonly target?: PeerTarget } {
  const nodeId = parseNodeId(text);
  if (nodeId) return { nodeId };
  const target = parseTarget(text);
  if (target?.nodeId) return { nodeId: target.nodeId, target };
  throw new AppError('input.invalid', { what: '--from', why: 'it is a NodeId or shoal://NODEID@HOST:PORT' });
}

async function readOutput(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory())
    throw new AppError('input.invalid', { what: '--output', why: `${path} is a folder: name a file` });
  return path;
}
