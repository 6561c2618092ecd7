import type { Command } from 'commander';
import { type DownloadView, firstBanEndMs, type SourceView } from '../../contract/transfer.ts';
import { shortSource } from '../../contract/web-url.ts';
import { formatBytes, formatRate, formatSeconds, formatTime, safeText } from '../format.ts';
import { foundText } from '../found-text.ts';
import { findDownload, readId } from '../named-download.ts';
import type { Table } from '../output.ts';
import { makeCommand, type Session, withPeer } from '../session.ts';

const SPEC = {
  name: 'downloads',
  summary: 'List the downloads, finished ones too (until "shoal clear"), or the sources of one.',
  examples: ['downloads', 'downloads --json', 'downloads 1f0c22ab'],
};

export const downloadsCommand = (session: Session): Command =>
  makeCommand(SPEC)
    .argument('[ID]', 'list the sources of this one')
    .action((text: string | undefined, _options, command: Command) =>
      withPeer(session, command, async ({ peer, out }) => {
        if (text === undefined) out.list(await peer.query('downloads', {}), TABLE);
        else out.list((await findDownload(peer, readId(text))).sources, SOURCES);
      }),
    );

const TABLE: Table<DownloadView> = {
  header: ['ID', 'STATE', 'DONE', 'SIZE', 'RATE', 'LEFT', 'SOURCES', 'NAME'],
  right: [2, 3, 4, 5, 6],
  none: 'no downloads',
  row: (download) => [
    download.id,
    toState(download),
    formatBytes(download.done),
    download.size === null ? '?' : formatBytes(download.size),
    formatRate(download.rate),
    formatSeconds(download.etaSeconds),
    `${download.sources.filter(({ state }) => state === 'active').length}/${download.sources.length}`,
    toName(download),
  ],
};

const SOURCES: Table<SourceView> = {
  header: ['SOURCE', 'STATE', 'RATE', 'DONE', 'QUEUE', 'ADDRESS'],
  right: [2, 3, 4],
  none: 'no source is known',
  row: (source) => [
    safeText(shortSource(source.node)),
    toSourceState(source),
    formatRate(source.rate),
    formatBytes(source.bytes),
    source.queue === null ? '' : String(source.queue),
    safeText(source.address),
  ],
};

function toName(download: DownloadView): string {
  const found = foundText(download);
  return `${safeText(download.name)}${found === undefined ? '' : `  (${found})`}`;
}

function toState({ state, reason, sources, blockedBy }: DownloadView): string {
  if (reason === null) return state;
  if (blockedBy !== null) return `${state} (blocked by you: ${safeText(blockedBy)})`;
  const endMs = reason === 'download.sources-banned' ? firstBanEndMs(sources) : undefined;
  return `${state} (${reason}${endMs === undefined ? '' : ` until ${formatTime(endMs)}`})`;
}

function toSourceState({ state, reason, bannedUntilMs, onTrial }: SourceView): string {
  const until = bannedUntilMs === null ? '' : ` until ${formatTime(bannedUntilMs)}`;
  return `${state}${until}${onTrial ? ', on trial' : ''}${reason === null ? '' : ` (${reason})`}`;
}
