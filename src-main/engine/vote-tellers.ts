import type { NodeId } from '../contract/ids.ts';
import type { Source } from '../contract/search.ts';
import type { Overlay } from './overlay/overlay.ts';
import type { Random } from './ports/index.ts';
import type { Searches } from './search/searches.ts';
import { shuffle } from './shuffle.ts';
import type { VoteTeller } from './votes/gathering.ts';
import type { JudgedFile } from './votes/judged-file.ts';

type Known = Pick<Overlay, 'supernodes' | 'network'>;
type Deps = { readonly overlay: Known; readonly searches: Pick<Searches, 'findSources'>; readonly random: Random };
type Look = {
  readonly file: JudgedFile;
  readonly found: (teller: VoteTeller) => void;
  readonly signal: AbortSignal;
};

/** Supernodes asked besides those that name sources: whoever found a file bad has it no more, and its parent does not name it. */
const OTHERS = 2;

/** Who may know votes on a file: this peer's parents, those that name sources of it, the sources, and a few others by chance. */
export async function findTellers({ overlay, searches, random }: Deps, { file, found, signal }: Look): Promise<void> {
  const all = overlay.supernodes();
  const parents = all.filter(({ state }) => state === 'parent' || state === 'standby');
  const others = shuffle(
    random,
    all.filter(({ state }) => state === 'neighbour' || state === 'tried'),
  );
  for (const { node: nodeId, address } of [...parents, ...others.slice(0, OTHERS)])
    found({ nodeId, address, kind: 'supernode' });
  await searches.findSources(
    file,
    (hits) => {
      for (const teller of toTellers(overlay, hits)) found(teller);
    },
    signal,
  );
}

/** Who may know votes, of those that a query by hash brought; one that nobody can dial is not called for this. */
export function toTellers(
  { network }: Pick<Overlay, 'network'>,
  { sources, namedBy }: { readonly sources: readonly Source[]; readonly namedBy: NodeId },
): readonly VoteTeller[] {
  const namer = network.addressOf(namedBy);
  const named = sources.flatMap(({ nodeId, addresses: [address], reachable }): VoteTeller[] => {
    return address && reachable !== false ? [{ nodeId, address, kind: 'source' }] : [];
  });
  return [...(namer ? [{ nodeId: namedBy, address: namer, kind: 'supernode' } as const] : []), ...named];
}
