import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { formatTarget, type PeerTarget, parseTarget } from '../../contract/address.ts';
import type { CommandInput } from '../../contract/api.ts';
import { AppError } from '../../contract/errors.ts';
import { parseContentHash, parseNodeId } from '../../contract/ids.ts';
import { type Magnet, parseMagnet } from '../../contract/magnet.ts';
import { readCount, readSeconds } from '../arguments.ts';
import { DownloadWatch } from '../download-watch.ts';
import { makeCommand, type Session, withPeer } from '../session.ts';

const SPEC = {
  name: 'get',
  summary: 'Download a file. With --wait, Ctrl-C leaves the download running.',
  examples: [
    'get HASH --wait',
    'get "magnet:?xt=urn:tree:sha256:…" --output song.ogg',
    'get HASH --from NODE --sources 1',
  ],
};
type Options = {
  readonly output?: string;
  readonly sources?: number;
  readonly from?: string;
  readonly wait?: true;
  readonly timeout?: number;
};

export const getCommand = (session: Session): Command =>
  makeCommand(SPEC)
    .argument('<HASH|MAGNET>', 'the ContentHash, or a magnet link with it')
    .option('--output <FILE>', 'the finished file (default: in the download folder)')
    .option('--sources <N>', 'use at most this many sources at once', readCount)
    .option('--from <NODE>', 'use only this peer: a NodeId or shoal://NODEID@HOST:PORT')
    .option('--wait', 'show the progress, end when the file is complete')
    .option('--timeout <S>', 'with --wait: end after this many seconds; the download goes on', readSeconds)
    .action(async (what: string, options: Options, command: Command) => {
      if (options.timeout !== undefined && !options.wait) command.error("error: '--timeout' needs '--wait'");
      const input = await toInput(session, what, options);
      await withPeer(session, command, async ({ peer, out }) => {
        const watch = new DownloadWatch(session, peer, out);
        const { id, hash } = await peer.command('download.add', input);
        out.answer({ event: 'added', id, hash }, () => `download ${id} added`);
        if (options.wait) await watch.untilEnd(id, options.timeout);
      });
    });

type AddInput = CommandInput<'download.add'>;

async function toInput({ host }: Session, what: string, options: Options): Promise<AddInput> {
  const { hash, name, size, sources } = readWhat(what);
  const only = options.from === undefined ? undefined : readNode(options.from);
  const targets = [...sources, ...(only?.target ? [only.target] : [])].map((target) => ({
    target: formatTarget(target),
  }));
  return {
    hash,
    ...(size === undefined ? {} : { size }),
    ...(name === undefined ? {} : { name: name.slice(0, 255) }),
    ...(options.output === undefined ? {} : { output: await readOutput(resolve(host.workingFolder, options.output)) }),
    ...(targets.length === 0 ? {} : { sources: targets }),
    ...(options.sources === undefined ? {} : { maxSources: options.sources }),
    ...(only === undefined ? {} : { only: only.nodeId }),
  };
}

function readWhat(text: string): Magnet {
  const magnet = parseMagnet(text);
  if (magnet) return magnet;
  const hash = parseContentHash(text);
  if (hash) return { hash, sources: [] };
  const why = 'it is neither a ContentHash (64 hexadecimal digits) nor a magnet link with xt=urn:tree:sha256:…';
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
