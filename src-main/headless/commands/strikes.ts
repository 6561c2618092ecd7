import type { Command } from 'commander';
import type { StrikeView } from '../../contract/strikes.ts';
import { formatCount, formatSeconds, safeText } from '../format.ts';
import type { Table } from '../output.ts';
import { makeCommand, type Session, withPeer } from '../session.ts';

const SPEC = {
  name: 'strikes',
  summary: 'List the peers and addresses that did what no honest peer does, and who is banned.',
  examples: ['strikes', 'strikes --json'],
};
const FORGIVE = {
  name: 'forgive',
  summary: 'Forget the strikes of a peer or an address, and end its ban.',
  examples: ['forgive 203.0.113.7'],
};

export const strikesCommand = (session: Session): Command =>
  makeCommand(SPEC).action((_options, command: Command) =>
    withPeer(session, command, async ({ peer, out }) => {
      const { entries, total } = await peer.query('strikes', {});
      const left = total - entries.length;
      if (left > 0) out.remark(`not shown: ${formatCount(left, 'older one')}`);
      out.list(entries, TABLE);
    }),
  );

export const forgiveCommand = (session: Session): Command =>
  makeCommand(FORGIVE)
    .argument('<WHO>', 'a NodeId or an address, as "shoal strikes" lists it')
    .action((who: string, _options, command: Command) =>
      withPeer(session, command, async ({ peer, out }) => {
        const forgiven = await peer.command('strikes.forgive', { who });
        out.answer(forgiven, () => `nothing is held against ${safeText(forgiven.who)} any more`);
      }),
    );

const TABLE: Table<StrikeView> = {
  header: ['STRIKES', 'BANNED FOR', 'LAST', 'WHO', 'REASON'],
  right: [0, 1, 2],
  none: 'nobody did what no honest peer does',
  row: ({ who, strikes, bannedMs, reasons: [last] }) => [
    strikes.toFixed(1),
    bannedMs === null ? '-' : formatSeconds(bannedMs / 1000),
    last ? `${formatSeconds(last.agoMs / 1000)} ago` : '-',
    who,
    safeText(last?.why ?? ''),
  ],
};
