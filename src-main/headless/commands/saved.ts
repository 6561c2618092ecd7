import type { Command } from 'commander';
import { AppError } from '../../contract/errors.ts';
import { isSavedId, type SavedId } from '../../contract/ids.ts';
import type { SavedView } from '../../contract/saved.ts';
import { safeText } from '../format.ts';
import type { Table } from '../output.ts';
import { makeCommand, makeGroup, type Session, withPeer } from '../session.ts';

const SPEC = {
  name: 'saved',
  summary: 'Manage saved searches; watched ones are run again and again.',
  examples: ['saved add --watch "blue train" type:audio', 'saved list'],
};

export function savedCommand(session: Session): Command {
  const saved = makeGroup(SPEC).helpCommand(false);
  for (const command of [add(session), list(session), remove(session)]) saved.addCommand(command);
  return saved;
}

const add = (session: Session): Command =>
  makeCommand({ name: 'add', summary: 'Save a search.', examples: ['saved add --watch ubuntu -beta'] })
    .argument('<WORDS...>', 'as for "shoal search"')
    .option('--watch', 'run it again and again, and tell what is new')
    // `-excluded` is a word of the query; a mistyped option still has two dashes.
    .allowUnknownOption()
    .action((words: readonly string[], { watch = false }: { readonly watch?: boolean }, command: Command) => {
      const unknown = words.find((word) => word.startsWith('--'));
      if (unknown !== undefined) command.error(`error: unknown option '${unknown}'`);
      return withPeer(session, command, async ({ peer, out }) => {
        const { id } = await peer.command('saved.add', { words: words.join(' '), watch });
        out.answer({ id }, () => `saved as ${id}`);
      });
    });

const list = (session: Session): Command =>
  makeCommand({ name: 'list', summary: 'List the saved searches.', examples: ['saved list --json'] }).action(
    (_options, command: Command) =>
      withPeer(session, command, async ({ peer, out }) => {
        out.list(await peer.query('saved', {}), TABLE);
      }),
  );

const remove = (session: Session): Command =>
  makeCommand({ name: 'remove', summary: 'Forget a saved search.', examples: ['saved remove 1f0c22ab'] })
    .argument('<ID>', 'the search, as "shoal saved list" lists it')
    .action((text: string, _options, command: Command) =>
      withPeer(session, command, async ({ peer, out }) => {
        const { id } = await peer.command('saved.remove', { id: readId(text) });
        out.answer({ id }, () => `${id} removed`);
      }),
    );

function readId(text: string): SavedId {
  const id = text.toLowerCase();
  if (!isSavedId(id)) throw new AppError('saved.unknown', { id: text });
  return id;
}

const TABLE: Table<SavedView> = {
  header: ['ID', 'NEW', 'FOUND', 'LAST RUN', 'WATCHED', 'WORDS'],
  right: [1, 2],
  none: 'no search is saved: add one with "shoal saved add WORDS"',
  row: ({ id, words, watch, fresh, lastRunMs, results }) => [
    id,
    String(fresh),
    lastRunMs === null ? '-' : String(results),
    lastRunMs === null ? 'never' : new Date(lastRunMs).toISOString(),
    watch ? 'yes' : 'no',
    safeText(words),
  ],
};
