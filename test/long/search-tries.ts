import type { Events } from '../../src-main/contract/api.ts';
import type { MortalPeer } from './mortal-peer.ts';

export type Try = {
  readonly by: string;
  readonly of: string;
  /** Since the start of the run, ms. */
  readonly atMs: number;
  /** `void`: one of the two was killed before it was over. */
  readonly outcome: 'found' | 'missed' | 'void';
  /** Until the file showed, ms. */
  readonly tookMs: number;
  /** Of a search that missed: how it ended, and how the two stood. */
  readonly why?: string;
};

/** `by` searches for the file of `of`: found when it shows within `patienceMs` with `of` as its source. One search, never repeated. */
export async function trySearch(by: MortalPeer, of: MortalPeer, patienceMs: number): Promise<Omit<Try, 'atMs'>> {
  const [startedMs, lives, upMs] = [performance.now(), [by.life, of.life], [by.upMs, of.upMs]];
  const hits: Events['search.hit'][] = [];
  const ends: Events['search.end'][] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const patience = setTimeout(resolve, patienceMs);
  let id: string | undefined;
  const isFound = () =>
    hits.some((hit) => hit.id === id && hit.result.sources.some(({ nodeId }) => nodeId === of.node));
  const look = () => {
    if (isFound() || ends.some((end) => end.id === id)) resolve();
  };
  const onHit = (hit: Events['search.hit']) => {
    hits.push(hit);
    look();
  };
  const onEnd = (end: Events['search.end']) => {
    ends.push(end);
    look();
  };
  by.onHit.add(onHit);
  by.onEnd.add(onEnd);
  try {
    const { client } = by;
    void client.closed.then(resolve);
    ({ id } = await client.command('search.start', { words: of.word, timeoutMs: patienceMs }));
    look();
    await promise;
  } catch {
    // It was killed meanwhile; `lives` tells.
  }
  const tookMs = performance.now() - startedMs;
  clearTimeout(patience);
  by.onHit.delete(onHit);
  by.onEnd.delete(onEnd);
  const found = { by: by.word, of: of.word, tookMs };
  if (isFound()) return { ...found, outcome: 'found' };
  if (by.life !== lives[0] || of.life !== lives[1]) return { ...found, outcome: 'void' };
  const end = ends.find((one) => one.id === id);
  return { ...found, outcome: 'missed', why: await explain([by, of], upMs, end) };
}

async function explain(
  peers: readonly MortalPeer[],
  upMs: readonly number[],
  end: Events['search.end'] | undefined,
): Promise<string> {
  const stood = await Promise.all(
    peers.map(async (peer, at) => {
      const network = await peer.network().catch(() => undefined);
      const parent = network?.parent ? `since ${Math.round(network.parent.sinceMs)} ms` : 'none';
      return `${peer.word}: up ${Math.round(upMs[at] ?? 0)} ms, ${network?.role} (${network?.why}), parent ${parent}`;
    }),
  );
  return `${end ? `${end.reason} ${end.error ?? ''}` : 'no end'}; ${stood.join('; ')}`;
}
