import type { ContentHash } from '../../contract/ids.ts';
import type { WaveSearchDeps } from '../search/wave-search.ts';
import type { Hits } from '../wire/messages/hits.ts';
import type { SupernodeEntry } from '../wire/messages/supernode-entry.ts';
import type { ListedVote } from '../wire/votes.ts';

/** What queries need of the votes: they carry them and understand none. */
export interface QueryVotes {
  /** What this peer and its children say of a file, as much as one message takes. */
  told(file: AskedFile): readonly ListedVote[];
  /** Those of the votes on a file that a supernode told which may be passed on. */
  check(teller: SupernodeEntry, file: AskedFile, votes: readonly ListedVote[]): Promise<readonly ListedVote[]>;
}
type AskedFile = { readonly hash: ContentHash; readonly size: number };

type Deps = { readonly check: WaveSearchDeps['check']; readonly votes?: QueryVotes | undefined };

/** What of an answer may be passed on: its hits as `check` says, and its votes when they are what they claim to be. */
export function checkBoth({ check, votes }: Deps): WaveSearchDeps['check'] {
  return (target, { votes: told = [], ...answer }: Hits, query) => {
    const checked = check(target, answer, query);
    const { hash, voteSize: size } = query;
    if (told.length === 0) return checked;
    const passed = votes && hash && size ? votes.check(target.entry, { hash, size }, told) : [];
    return Promise.all([checked ?? answer, passed]).then(([hits, good]) => ({ ...hits, votes: [...good] }));
  };
}
