import type { Command } from 'commander';
import { formatCount } from '../format.ts';
import { makeCommand, type Session, withPeer } from '../session.ts';

const SPEC = {
  name: 'clear',
  summary: 'Forget finished and failed downloads; their files stay.',
  examples: ['clear'],
};

export const clearCommand = (session: Session): Command =>
  makeCommand(SPEC).action((_options, command: Command) =>
    withPeer(session, command, async ({ peer, out }) => {
      const { cleared } = await peer.command('download.clear', {});
      out.answer({ cleared }, () => `${formatCount(cleared, 'download')} forgotten`);
    }),
  );
