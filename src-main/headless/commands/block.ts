import type { Command } from 'commander';
import type { QueryOutputs } from '../../contract/api.ts';
import { readPath } from '../arguments.ts';
import { formatCount, safeText } from '../format.ts';
import type { Table } from '../output.ts';
import { writeOutput } from '../output-file.ts';
import { readList } from '../read-list.ts';
import { makeCommand, makeGroup, type Session, withPeer } from '../session.ts';

const SPEC = {
  name: 'block',
  summary: 'What is not shown, fetched, shared or spoken to: files, names, addresses, peers.',
  examples: ['block add "name:*keygen*"', 'block add address:192.0.2.0/24', 'block import friends.txt'],
};
const RULE = 'hash:HASH, name:PATTERN (* stands for anything), address:ADDRESS[/BITS] or node:NODEID';

export function blockCommand(session: Session): Command {
  const block = makeGroup(SPEC).helpCommand(false);
  for (const make of [add, remove, list, importRules, exportRules]) block.addCommand(make(session));
  return block;
}

const add = (session: Session): Command =>
  makeCommand({ name: 'add', summary: 'Add a rule, in force at once.', examples: ['block add "name:*cam*rip*"'] })
    .argument('<RULE>', RULE)
    .action((rule: string, _options, command: Command) =>
      withPeer(session, command, async ({ peer, out }) => {
        const added = await peer.command('block.add', { rule });
        out.answer(added, () => `${safeText(added.rule)} is blocked`);
      }),
    );

const remove = (session: Session): Command =>
  makeCommand({ name: 'remove', summary: 'Take a rule back.', examples: ['block remove address:192.0.2.0/24'] })
    .argument('<RULE>', 'as "shoal block list" lists it')
    .action((rule: string, _options, command: Command) =>
      withPeer(session, command, async ({ peer, out }) => {
        const removed = await peer.command('block.remove', { rule });
        out.answer(removed, () => `${safeText(removed.rule)} is not blocked any more`);
      }),
    );

/** As many as one answer carries without making others wait. */
const PAGE = 10_000;

const list = (session: Session): Command =>
  makeCommand({ name: 'list', summary: 'List the rules.', examples: ['block list --json'] }).action(
    (_options, command: Command) =>
      withPeer(session, command, async ({ peer, out }) => {
        const rules: { readonly rule: string }[] = [];
        let after: number | null = 0;
        do {
          const page: QueryOutputs['blocks'] = await peer.query('blocks', { after, limit: PAGE });
          rules.push(...page.rules.map((rule) => ({ rule })));
          after = page.next;
        } while (after !== null);
        out.list(rules, TABLE);
      }),
  );

const importRules = (session: Session): Command =>
  makeCommand({ name: 'import', summary: 'Add the rules of a file.', examples: ['block import friends.txt'] })
    .argument(
      '<FILE>',
      'one rule a line, # for comments; 100,000 rules and 4 MiB at most',
      readPath(session.host.workingFolder),
    )
    .action(async (file: string, _options, command: Command) => {
      const text = await readList(file);
      await withPeer(session, command, async ({ peer, out }) => {
        const taken = await peer.command('block.import', { text });
        const { added, known, bad, firstBad } = taken;
        if (firstBad !== null)
          out.remark(`not added: ${formatCount(bad, 'line')} without a rule; ${safeText(firstBad)}`);
        out.answer(taken, () => `${formatCount(added, 'rule')} added, ${known} there before`);
      });
    });

const exportRules = (session: Session): Command =>
  makeCommand({
    name: 'export',
    summary: 'Write the rules to a file, for others.',
    examples: ['block export mine.txt'],
  })
    .argument('<FILE>', 'written in place of what is there', readPath(session.host.workingFolder))
    .action((path: string, _options, command: Command) =>
      withPeer(session, command, async ({ peer, out }) => {
        const { text, rules } = await peer.query('blocks.export', {});
        await writeOutput(path, text);
        out.answer({ path, rules }, () => `${formatCount(rules, 'rule')} in ${path}`);
      }),
    );

const TABLE: Table<{ readonly rule: string }> = {
  header: ['RULE'],
  none: 'nothing is blocked: add a rule with "shoal block add RULE"',
  row: ({ rule }) => [safeText(rule)],
};
