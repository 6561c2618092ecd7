import type { Command } from 'commander';
import type { DownloadView } from '../../contract/transfer.ts';
import { formatBytes, formatRate, formatSeconds, safeText } from '../format.ts';
import type { Table } from '../output.ts';
import { makeCommand, type Session, withPeer } from '../session.ts';

const SPEC = {
  name: 'downloads',
  summary: 'List the downloads, finished ones too (until "shoal clear").',
  examples: ['downloads', 'downloads --json'],
};

export const downloadsCommand = (session: Session): Command =>
  makeCommand(SPEC).action((_options, command: Command) =>
    withPeer(session, command, async ({ peer, out }) => {
      out.list(await peer.query('downloads', {}), TABLE);
    }),
  );

const TABLE: Table<DownloadView> = {
  header: ['ID', 'STATE', 'DONE', 'SIZE', 'RATE', 'LEFT', 'SOURCES', 'NAME'],
  right: [2, 3, 4, 5, 6],
  none: 'no downloads',
  row: (download) => [
    download.id,
    download.reason === null ? download.state : `${download.state} (${download.reason})`,
    formatBytes(download.done),
    download.size === null ? '?' : formatBytes(download.size),
    formatRate(download.rate),
    formatSeconds(download.etaSeconds),
    `${download.sources.filter(({ state }) => state === 'active').length}/${download.sources.length}`,
    safeText(download.name),
  ],
};
