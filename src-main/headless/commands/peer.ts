import type { Command } from 'commander';
import type { PeerAddress, PeerTarget } from '../../contract/address.ts';
import type { SettingKey, SettingValue } from '../../contract/settings.ts';
import { collect, readListenAddress, readPath, readSetting, readTarget } from '../arguments.ts';
import { runPeer, type WebWish } from '../run-peer.ts';
import { dataFolderOf, makeCommand, outputOf, type Session } from '../session.ts';

const SPEC = {
  name: 'peer',
  summary: 'Run a peer until it is interrupted. Its options hold for this run.',
  examples: [
    'peer --share ~/Music --share ~/Videos',
    'peer --supernode always --listen 0.0.0.0:1214',
    'peer --web',
    'peer --bootstrap shoal://NODEID@198.51.100.7:1214 --set upload.slots=8',
  ],
};
type Options = {
  readonly share?: readonly string[];
  readonly downloads?: string;
  readonly listen?: PeerAddress;
  readonly supernode?: string;
  readonly lan: boolean;
  readonly bootstrap?: readonly PeerTarget[];
  readonly web?: PeerAddress | 'off' | true;
  readonly set?: readonly (readonly [SettingKey, SettingValue])[];
};

export function peerCommand(session: Session): Command {
  const path = readPath(session.host.workingFolder);
  return makeCommand(SPEC)
    .option('--share <DIR>', 'share this folder too (may be repeated)', collect(path))
    .option('--downloads <DIR>', 'where finished files go', path)
    .option('--listen <HOST:PORT>', 'listen there (default: all addresses, port 1214 or a free one)', readListenAddress)
    .option('--supernode <auto|always|never>', 'whether to serve as a supernode', readRole)
    .option('--bootstrap <HOST:PORT>', 'a supernode to try, or an invitation (may be repeated)', collect(readTarget))
    .option('--no-lan', 'do not look for peers on the local network')
    .option(
      '--web [HOST:PORT|off]',
      'serve the page to browsers (default: 127.0.0.1, port 1215 or a free one)',
      readWeb,
    )
    .option('--set <KEY=VALUE>', 'a setting for this run (may be repeated)', collect(readSetting))
    .action(async (options: Options, command: Command) => {
      const run = {
        dataFolder: dataFolderOf(session, command),
        shares: options.share ?? [],
        bootstrap: options.bootstrap ?? [],
        overrides: toOverrides(options),
        ...(options.listen ? { listen: options.listen } : {}),
      };
      await runPeer(session, outputOf(session, command), run, toWebWish(options.web));
    });
}

const readRole = (text: string): string => String(readSetting(`supernode.role=${text}`)[1]);

const readWeb = (text: string): PeerAddress | 'off' => (text === 'off' ? text : readListenAddress(text));

/** Beside the port of peers. */
const WEB_LISTEN: PeerAddress = { host: '127.0.0.1', port: 1215 };

function toWebWish(web: Options['web']): WebWish | undefined {
  if (web === undefined || web === 'off') return undefined;
  return web === true ? { listen: WEB_LISTEN, fallbackPort: true } : { listen: web, fallbackPort: false };
}

const toOverrides = ({ set = [], supernode, lan, downloads }: Options) => ({
  ...Object.fromEntries(set),
  ...(lan ? {} : { 'discovery.lan': false }),
  ...(supernode === undefined ? {} : { 'supernode.role': supernode }),
  ...(downloads === undefined ? {} : { 'downloads.folder': downloads }),
});
