import { type Command, InvalidArgumentError } from 'commander';
import { parseTarget } from '../../contract/address.ts';
import type { QueryOutputs } from '../../contract/api.ts';
import type { Descriptor } from '../../contract/descriptor.ts';
import type { ContentHash } from '../../contract/ids.ts';
import { readName } from '../arguments.ts';
import { formatBytes, safeText } from '../format.ts';
import type { Table } from '../output.ts';
import { makeCommand, type Session, withPeer } from '../session.ts';

const SPEC = {
  name: 'browse',
  summary: 'List what another peer shares.',
  examples: ['browse 198.51.100.7:1214', 'browse shoal://NODEID@198.51.100.7:1214 --json'],
};

export const browseCommand = (session: Session): Command =>
  makeCommand(SPEC)
    .argument(
      '<NODE|HOST:PORT>',
      'the NodeId of a supernode, a child or a source of a download, an address, or an invitation',
      readPeer,
    )
    .option('--all', 'also what your block list has')
    .action((target: string, { all = false }: { readonly all?: boolean }, command: Command) =>
      withPeer(session, command, async ({ peer, out }) => {
        const files: Descriptor[] = [];
        let left = 0;
        let after: ContentHash | null = null;
        do {
          const page: QueryOutputs['browse'] = await peer.query('browse', {
            target,
            ...(after === null ? {} : { after }),
          });
          files.push(...(all ? inOrder([...page.files, ...page.blocked]) : page.files));
          if (!all) left += page.blocked.length;
          // No peer that tells the truth has nothing before there is more; another one would lead on for ever.
          after = page.files.length + page.blocked.length > 0 ? page.next : null;
        } while (after !== null && files.length + left < MAX_LISTED);
        out.list(files, TABLE);
        if (left > 0) out.remark(`${left} more on your block list: --all lists them`);
      }),
    );

/** What can name no peer is not sent. */
function readPeer(text: string): string {
  if (parseTarget(readName(text)) || /^[0-9a-f]{12,64}$/i.test(text)) return text;
  throw new InvalidArgumentError(
    'It is a NodeId, 12 digits of its beginning at least, HOST:PORT or shoal://NODEID@HOST:PORT.',
  );
}

const inOrder = (files: readonly Descriptor[]): readonly Descriptor[] =>
  files.toSorted((a, b) => (a.hash < b.hash ? -1 : 1));

/** A stranger could send pages for ever. */
const MAX_LISTED = 200_000;

const TABLE: Table<Descriptor> = {
  header: ['HASH', 'SIZE', 'TYPE', 'NAME'],
  right: [1],
  none: 'it shares nothing',
  row: ({ hash, size, type, name }) => [hash, formatBytes(size), type, safeText(name)],
};
