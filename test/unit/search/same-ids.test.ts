import { afterEach, expect, it } from 'vitest';
import type { NodeId, SearchId } from '../../../src-main/contract/ids.ts';
import type { SessionLink } from '../../../src-main/engine/ports/index.ts';
import { node } from '../../support/search-fixtures.ts';
import { type SearchingPeer, SearchWorld } from '../../support/search-world.ts';

const SUPERNODES = 4;
const QUERIES = 6;
const STRANGER: NodeId = node(99);

let world = new SearchWorld();
afterEach(async () => {
  await world.stopAll();
  world = new SearchWorld();
});

async function startSupernodes(): Promise<readonly SearchingPeer[]> {
  const supernodes: SearchingPeer[] = [];
  for (let at = 0; at < SUPERNODES; at++) {
    supernodes.push(await world.supernode(`40.${at}.0.1`, { bootstrap: supernodes.map(({ peer }) => peer.host) }));
    await world.clock.advance(2000);
  }
  await world.clock.runUntil(() => linksOf(supernodes).every((links) => links === SUPERNODES - 1), 120_000);
  return supernodes;
}
const linksOf = (supernodes: readonly SearchingPeer[]): number[] =>
  supernodes.map(({ overlay }) => overlay.counts().neighbours);

async function searcherAt({ peer }: SearchingPeer, stranger: ReturnType<typeof world.overlays.network.join>) {
  const opening = stranger.links.openSession(peer.target);
  await world.clock.advance(1000);
  const link: SessionLink = await opening;
  link.receive(
    () => undefined,
    () => undefined,
  );
  link.send(JSON.stringify({ type: 'hello', version: '1.2', role: 'searcher', listen: [], files: 0, bytes: 0 }));
  await world.clock.advance(1000);
  return link;
}

it('one stranger who asks all supernodes under the same ids does not make them take each other for mirrors', async () => {
  const supernodes = await startSupernodes();
  const stranger = world.overlays.network.join('50.1.1.1', STRANGER);
  const links: SessionLink[] = [];
  for (const supernode of supernodes) links.push(await searcherAt(supernode, stranger));
  for (let at = 0; at < QUERIES; at++) {
    const id = String(at).padStart(32, '0') as SearchId;
    for (const link of links) link.send(JSON.stringify({ type: 'query', id, words: 'nobodyhasthis', limit: 100 }));
    await world.clock.advance(3000);
  }
  expect(linksOf(supernodes)).toEqual(supernodes.map(() => SUPERNODES - 1));
});
