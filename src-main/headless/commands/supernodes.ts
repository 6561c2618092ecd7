import type { Command } from 'commander';
import { formatAddress } from '../../contract/address.ts';
import type { SupernodeView } from '../../contract/outputs.ts';
import type { Table } from '../output.ts';
import { makeCommand, type Session, withPeer } from '../session.ts';

const SPEC = {
  name: 'supernodes',
  summary: 'List the supernodes that the peer knows.',
  examples: ['supernodes', 'supernodes --json'],
};

export const supernodesCommand = (session: Session): Command =>
  makeCommand(SPEC).action((_options, command: Command) =>
    withPeer(session, command, async ({ peer, out }) => {
      const known = await peer.query('supernodes', {});
      out.list(known.map(toLine), TABLE);
    }),
  );

const toLine = (supernode: SupernodeView) => ({ ...supernode, address: formatAddress(supernode.address) });

const TABLE: Table<ReturnType<typeof toLine>> = {
  header: ['STATE', 'RTT', 'CHILDREN', 'INVITATION'],
  right: [1, 2],
  none: 'no supernode is known yet: give one with "shoal peer --bootstrap HOST:PORT"',
  row: ({ state, rttMs, children, node, address }) => [
    state,
    rttMs === null ? '-' : `${Math.round(rttMs)} ms`,
    children === null ? '-' : String(children),
    `shoal://${node}@${address}`,
  ],
};
