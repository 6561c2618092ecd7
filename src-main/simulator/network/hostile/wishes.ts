import type { ContentHash } from '../../../contract/ids.ts';
import type { SimNetwork } from '../sim-network.ts';
import type { SimPeer } from '../sim-peer.ts';

/** `wanted` is looked for and nothing else; without it, anything by these words. */
export type Wish = { readonly searcher: SimPeer; readonly words: string; readonly wanted?: ContentHash };

const isHonest = ({ mask }: SimPeer): boolean => mask === undefined;

/** Somebody honest, and a rare file that somebody else has who is honest; undefined when there is none. */
export function rareWish(world: SimNetwork): Wish | undefined {
  const holders = (hash: ContentHash) => [...world.holders(hash)].filter(isHonest);
  const file = world.population.drawRare((hash) => holders(hash).length > 0);
  const held = new Set(file && holders(file.hash));
  const searcher = file && world.draw((peer) => isHonest(peer) && !held.has(peer));
  return file && searcher && { searcher, words: file.name, wanted: file.hash };
}

/** Somebody honest, who looks for what many have. */
export function commonWish(world: SimNetwork): Wish | undefined {
  const searcher = world.draw(isHonest);
  return searcher && { searcher, words: world.population.drawCommonWords() };
}
