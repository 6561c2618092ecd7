import type { Command } from 'commander';
import type { QueryOutputs } from '../../contract/api.ts';
import type { SharedFileView, ShareView } from '../../contract/outputs.ts';
import { readPath } from '../arguments.ts';
import { formatBytes, safeText } from '../format.ts';
import type { Table } from '../output.ts';
import { makeCommand, makeGroup, type Session, withPeer } from '../session.ts';

const SPEC = { name: 'share', summary: 'Manage the shared folders.', examples: ['share add ~/Music', 'share list'] };

export function shareCommand(session: Session): Command {
  const share = makeGroup(SPEC).helpCommand(false);
  for (const command of [change(session, 'add'), change(session, 'remove'), list(session), files(session)]) {
    share.addCommand(command);
  }
  return share;
}

function change(session: Session, name: 'add' | 'remove'): Command {
  const summary = name === 'add' ? 'Share a folder, now and in later runs.' : 'Share a folder no longer.';
  return makeCommand({ name, summary, examples: [`share ${name} ~/Music`] })
    .argument('<DIR>', 'the folder', readPath(session.host.workingFolder))
    .action((folder: string, _options, command: Command) =>
      withPeer(session, command, async ({ peer, out }) => {
        const { path } = await peer.command(`share.${name}`, { path: folder });
        out.answer({ path }, () => (name === 'add' ? `sharing ${path}` : `no longer sharing ${path}`));
      }),
    );
}

const list = (session: Session): Command =>
  makeCommand({ name: 'list', summary: 'List the shared folders.', examples: ['share list'] }).action(
    (_options, command: Command) =>
      withPeer(session, command, async ({ peer, out }) => {
        out.list(await peer.query('shares', {}), FOLDERS);
      }),
  );

/** As many as one answer carries without making others wait. */
const PAGE = 1000;

const files = (session: Session): Command =>
  makeCommand({ name: 'files', summary: 'List the shared files.', examples: ['share files --json'] }).action(
    (_options, command: Command) =>
      withPeer(session, command, async ({ peer, out }) => {
        const found: SharedFileView[] = [];
        let after: string | null = null;
        do {
          const page: QueryOutputs['shares.files'] = await peer.query('shares.files', {
            limit: PAGE,
            ...(after === null ? {} : { after }),
          });
          found.push(...page.files);
          after = page.next;
        } while (after !== null);
        out.list(found, FILES);
      }),
  );

const FOLDERS: Table<ShareView> = {
  header: ['FILES', 'SIZE', 'LEFT OUT', 'FOLDER'],
  right: [0, 1, 2],
  none: 'no folder is shared: add one with "shoal share add DIR"',
  row: ({ files: count, bytes, left, path, reason }) => [
    String(count),
    formatBytes(bytes),
    String(Object.values(left).reduce((sum, number) => sum + number, 0)),
    reason === null ? safeText(path) : `${safeText(path)} (${reason})`,
  ],
};

const FILES: Table<SharedFileView> = {
  header: ['HASH', 'SIZE', 'TYPE', 'PATH'],
  right: [1],
  none: 'no file is shared',
  row: ({ hash, size, type, path, blockedBy }) => {
    const why = blockedBy === null ? '' : '  (blocked by you, not shared)';
    return [hash, formatBytes(size), type, `${safeText(path)}${why}`];
  },
};
