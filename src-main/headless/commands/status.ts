import type { Command } from 'commander';
import { shortId } from '../../contract/ids.ts';
import type { StatusView } from '../../contract/outputs.ts';
import { formatBytes, formatColumns } from '../format.ts';
import { makeCommand, type Session, withPeer } from '../session.ts';

const SPEC = {
  name: 'status',
  summary: 'Show what the running peer is and does.',
  examples: ['status', 'status --json'],
};

export const statusCommand = (session: Session): Command =>
  makeCommand(SPEC).action((_options, command: Command) =>
    withPeer(session, command, async ({ peer, out }) => {
      const status = await peer.query('status', {});
      out.answer(status, () => toLines(status));
    }),
  );

function toLines(status: StatusView): string[] {
  const { parent } = status;
  return formatColumns([
    ['node', status.node],
    ['listening on', status.listen],
    ['role', status.role],
    ['parent', parent ? `${shortId(parent.node)} at ${parent.address}, ${Math.round(parent.rttMs)} ms` : 'none'],
    ['children', String(status.children)],
    ['neighbours', String(status.neighbours)],
    ['shared', `${status.files} files, ${formatBytes(status.bytes)}`],
    ['downloads', String(status.downloads)],
    ['uploads', String(status.uploads)],
    ['reachability', status.reachability],
  ]);
}
