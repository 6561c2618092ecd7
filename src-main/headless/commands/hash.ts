import type { Command } from 'commander';
import { collect, readName } from '../arguments.ts';
import { hashFiles } from '../hash-command.ts';
import { makeCommand, outputOf, type Session } from '../session.ts';

const SPEC = {
  name: 'hash',
  summary: 'Print the ContentHash of files; needs no running peer.',
  examples: ['hash song.ogg', 'hash --json *.iso'],
};

export const hashCommand = (session: Session): Command =>
  makeCommand(SPEC, { needsData: false })
    .argument('<FILE...>', 'the files', collect(readName))
    .action(async (files: readonly string[], _options, command: Command) => {
      const { workingFolder } = session.host;
      const hasher = await session.host.openHasher();
      try {
        session.status = await hashFiles(files, { hasher, workingFolder, out: outputOf(session, command) });
      } finally {
        await hasher.close();
      }
    });
