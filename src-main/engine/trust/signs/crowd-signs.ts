import type { Sign } from '../../../contract/pollution.ts';
import { type Evidence, sign } from './evidence.ts';

/** So many sources for each of their networks are one operator rather than many people. */
const CROWD = 4;
const MIN_CROWD = 5;
const CROWDED = 0.6;
/** Rippers and codecs give a song many versions too: many are no sign by themselves, those of few networks beside common ones are. */
const MANY_VERSIONS = 6;
const VERSION = 0.3;
const FEW_NETWORKS = 2;

/** Signs that the number of sources and of versions tells. Polluters were found by their density in few networks (Liang, Naoumov, Ross 2006). */
export function* crowdSigns({ peers, networks, versions, mostNetworks }: Evidence): Iterable<Sign> {
  const sources = peers.length;
  if (sources >= MIN_CROWD && sources >= CROWD * networks) yield sign('crowded', CROWDED, { sources, networks });
  if (versions >= MANY_VERSIONS && networks <= FEW_NETWORKS && networks * 2 <= mostNetworks)
    yield sign('many-versions', VERSION, { versions, networks });
}
