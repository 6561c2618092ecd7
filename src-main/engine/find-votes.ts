import type { Overlay } from './overlay/overlay.ts';
import type { Searches } from './search/searches.ts';
import type { FindVotes } from './votes/looks.ts';
import { SINCE } from './wire/version.ts';

type Deps = {
  readonly searches: Pick<Searches, 'server' | 'findVotes'>;
  readonly overlay: Pick<Overlay, 'supernodes'>;
};

/** Looks for votes on a file through the supernode that runs this peer's searches, which alone learns who looks. */
export async function findVotes(
  { searches, overlay }: Deps,
  ...[file, heard, signal]: Parameters<FindVotes>
): ReturnType<FindVotes> {
  const server = searches.server();
  const parent = overlay.supernodes().find(({ state }) => state === 'parent');
  if (server?.knows(SINCE.voteQueries)) await searches.findVotes(file, heard, signal);
  else if (parent) return { nodeId: parent.node, address: parent.address };
  return undefined;
}
