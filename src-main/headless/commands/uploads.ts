import type { Command } from 'commander';
import { shortId } from '../../contract/ids.ts';
import type { UploadView } from '../../contract/transfer.ts';
import { formatBytes, formatRate, formatSeconds, safeText } from '../format.ts';
import type { Table } from '../output.ts';
import { makeCommand, type Session, withPeer } from '../session.ts';

const SPEC = {
  name: 'uploads',
  summary: 'List who is being sent what, and who waits.',
  examples: ['uploads', 'uploads --json'],
};

export const uploadsCommand = (session: Session): Command =>
  makeCommand(SPEC).action((_options, command: Command) =>
    withPeer(session, command, async ({ peer, out }) => {
      out.list(await peer.query('uploads', {}), TABLE);
    }),
  );

const TABLE: Table<UploadView> = {
  header: ['PEER', 'STATE', 'PLACE', 'SENT', 'RATE', 'WAITED', 'CREDIT', 'NAME'],
  right: [2, 3, 4, 5, 6],
  none: 'no uploads',
  row: (upload) => [
    upload.node === null ? upload.address : shortId(upload.node),
    upload.state,
    upload.place === null ? '-' : String(upload.place),
    formatBytes(upload.sent),
    formatRate(upload.rate),
    formatSeconds(upload.why.waitedMs / 1000),
    upload.why.credit.toFixed(1),
    safeText(upload.name),
  ],
};
