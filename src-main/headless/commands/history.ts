import type { Command } from 'commander';
import type { HistoryEntry } from '../../contract/transfer.ts';
import { readCount } from '../arguments.ts';
import { formatBytes, safeText } from '../format.ts';
import type { Table } from '../output.ts';
import { makeCommand, type Session, withPeer } from '../session.ts';

const SPEC = {
  name: 'history',
  summary: 'List how the last downloads ended, newest first; "shoal clear" leaves it.',
  examples: ['history', 'history --limit 20 --json'],
};
const MAX_LISTED = 500;

export const historyCommand = (session: Session): Command =>
  makeCommand(SPEC)
    .option('--limit <N>', `at most so many, up to ${MAX_LISTED}`, readCount, 100)
    .action(({ limit }: { readonly limit: number }, command: Command) =>
      withPeer(session, command, async ({ peer, out }) => {
        const { entries } = await peer.query('history', { limit: Math.min(limit, MAX_LISTED) });
        out.list(entries, TABLE);
      }),
    );

const TABLE: Table<HistoryEntry> = {
  header: ['ENDED', 'OUTCOME', 'SIZE', 'NAME'],
  right: [2],
  none: 'no download has ended',
  row: ({ endedMs, outcome, reason, size, name }) => [
    new Date(endedMs).toISOString().slice(0, 19),
    outcome === 'failed' ? `${outcome} (${reason})` : outcome,
    size === null ? '?' : formatBytes(size),
    safeText(name),
  ],
};
