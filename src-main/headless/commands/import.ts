import type { Command } from 'commander';
import { readPath } from '../arguments.ts';
import { readList } from '../read-list.ts';
import { makeCommand, type Session, withPeer } from '../session.ts';
import { tellAdded } from '../tell-added.ts';

const SPEC = {
  name: 'import',
  summary: 'Download the files of a list (Metalink 4).',
  examples: ['import friends.meta4', 'import friends.meta4 --json'],
};
type Options = { readonly allowLocal?: true };

export const importCommand = (session: Session): Command =>
  makeCommand(SPEC)
    .argument('<FILE>', 'the list: Metalink 4, 4 MiB at most', readPath(session.host.workingFolder))
    .option('--allow-local', 'its web servers may lie in a local network')
    .action(async (file: string, { allowLocal }: Options, command: Command) => {
      const xml = await readList(file);
      await withPeer(session, command, async ({ peer, out }) => {
        tellAdded(out, await peer.command('list.import', { xml, ...(allowLocal ? { local: true } : {}) }));
      });
    });
