import { HostilePeer } from '../hostile-peer.ts';
import type { Attack } from './attack-process.ts';
import { inParallel } from './in-parallel.ts';

const NODES = 1000;
const AT_ONCE = 50;

/** A thousand peers, with a key each, that all want to be children and to stay: how many were taken. */
export async function joinAsMany({ target, from, say }: Attack): Promise<void> {
  let taken = 0;
  let refused = 0;
  say('begun');
  await inParallel(NODES, AT_ONCE, async (nth) => {
    const peer = await HostilePeer.make(target, from[nth % from.length]);
    try {
      const session = await peer.join();
      const { accepted } = await session.heard('welcome');
      if (accepted === true) taken++;
      else refused++;
    } catch {
      // Cut before TLS, as one that is banned or has too many open.
      refused++;
    }
  });
  say('over', { taken, refused });
}
