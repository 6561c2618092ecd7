import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { AppError } from '../../contract/errors.ts';
import { MAX_LIST_BYTES } from '../../contract/lists.ts';
import { safeText } from '../format.ts';
import { makeCommand, type Session, withPeer } from '../session.ts';

const SPEC = {
  name: 'import',
  summary: 'Download the files of a list (Metalink 4).',
  examples: ['import friends.meta4', 'import friends.meta4 --json'],
};

export const importCommand = (session: Session): Command =>
  makeCommand(SPEC)
    .argument('<FILE>', 'the list: Metalink 4, 4 MiB at most')
    .action(async (file: string, _options, command: Command) => {
      const xml = await readList(resolve(session.host.workingFolder, file));
      await withPeer(session, command, async ({ peer, out }) => {
        const { added, known, skipped } = await peer.command('list.import', { xml });
        for (const { id, hash, name } of added) {
          out.answer({ event: 'added', id, hash, name }, () => `download ${id} added: ${safeText(name)}`);
        }
        out.answer({ event: 'end', added: added.length, known, skipped }, () =>
          [`${added.length} added`, `${known} known already`, `${skipped} skipped`].join(', '),
        );
      });
    });

async function readList(path: string): Promise<string> {
  try {
    const handle = await open(path);
    try {
      // One byte more than allowed tells that there is more.
      const bytes = Buffer.alloc(MAX_LIST_BYTES + 1);
      let length = 0;
      for (let read = -1; read !== 0; length += read) ({ bytesRead: read } = await handle.read(bytes, length));
      if (length > MAX_LIST_BYTES) throw new AppError('input.invalid', { what: path, why: 'it is longer than 4 MiB' });
      return bytes.toString('utf8', 0, length);
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('input.invalid', { what: path, why: 'it cannot be read' }, { cause: error });
  }
}
