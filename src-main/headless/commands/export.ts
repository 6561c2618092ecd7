import { Argument, type Command } from 'commander';
import type { QueryInput } from '../../contract/api.ts';
import { LIST_CONTENTS } from '../../contract/lists.ts';
import { readPath } from '../arguments.ts';
import { formatCount } from '../format.ts';
import { writeOutput } from '../output-file.ts';
import { makeCommand, type Session, withPeer } from '../session.ts';

const SPEC = {
  name: 'export',
  summary: 'Write a list (Metalink 4) of what is shared or downloaded, for others to import.',
  examples: ['export library --output mine.meta4', 'export downloads'],
};
type Options = { readonly output?: string };

export const exportCommand = (session: Session): Command =>
  makeCommand(SPEC)
    .addArgument(new Argument('<WHAT>', 'library or downloads').choices(LIST_CONTENTS))
    .option(
      '--output <FILE>',
      'write the list there, in place of what is there (default: print it)',
      readPath(session.host.workingFolder),
    )
    .action((of: QueryInput<'list.export'>['of'], { output: path }: Options, command: Command) =>
      withPeer(session, command, async ({ peer, out }) => {
        const { xml, files, left } = await peer.query('list.export', { of });
        if (left > 0) out.remark(`${formatCount(left, 'more file')} left out: a list holds no more`);
        if (path === undefined) return out.answer({ xml, files, left }, () => xml.trimEnd());
        await writeOutput(path, xml);
        out.answer({ path, files, left }, () => `${formatCount(files, 'file')} in ${path}`);
      }),
    );
