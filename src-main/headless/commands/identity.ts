import type { Command } from 'commander';
import { shortId } from '../../contract/ids.ts';
import { makeCommand, makeGroup, type Session, withPeer } from '../session.ts';

const SPEC = {
  name: 'identity',
  summary: 'Be another peer to others: a new key from the next start on.',
  examples: ['identity rotate', 'identity rotate --cancel'],
};

export const identityCommand = (session: Session): Command =>
  makeGroup(SPEC).helpCommand(false).addCommand(rotate(session));

const rotate = (session: Session): Command =>
  makeCommand({ name: 'rotate', summary: 'Make the new key.', examples: ['identity rotate'] })
    .option('--cancel', 'keep the old one after all, while the peer was not started again')
    .action(({ cancel = false }: { readonly cancel?: boolean }, command: Command) =>
      withPeer(session, command, async ({ peer, out }) => {
        const { next } = await peer.command('identity.rotate', { cancel });
        out.answer({ next }, () =>
          next === null ? 'this peer stays who it is' : LOSS.replace('{node}', shortId(next)),
        );
      }),
    );

const LOSS =
  'from its next start this peer is {node}: what it told others of files and its credit with them are lost; its name, files and address stay, by which it may be recognised';
