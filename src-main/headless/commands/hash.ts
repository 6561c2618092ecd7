import { resolve } from 'node:path';
import type { Command } from 'commander';
import { errorText, toAppError } from '../../contract/errors.ts';
import { collect, readName } from '../arguments.ts';
import { exitStatusOf } from '../exit-status.ts';
import { safeText } from '../format.ts';
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
      const out = outputOf(session, command);
      const hasher = await session.host.openHasher();
      try {
        for (const file of files) {
          try {
            const { hash, size } = await hasher.hashFile(resolve(session.host.workingFolder, file));
            out.answer({ hash, size, file }, () => `${hash}  ${safeText(file)}`);
          } catch (thrown) {
            const error = toAppError(thrown);
            out.remark(errorText(error));
            session.status = exitStatusOf(error);
          }
        }
      } finally {
        await hasher.close();
      }
    });
