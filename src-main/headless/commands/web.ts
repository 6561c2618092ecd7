import type { Command } from 'commander';
import { makeCommand, type Session, withPeer } from '../session.ts';

const SPEC = {
  name: 'web',
  summary: "Print an address of the running peer's page, good for one browser.",
  examples: ['web'],
};

export const webCommand = (session: Session): Command =>
  makeCommand(SPEC).action((_options, command: Command) =>
    withPeer(session, command, async ({ peer, out }) => {
      const web = await peer.webAddress();
      out.answer({ web }, () => web);
    }),
  );
