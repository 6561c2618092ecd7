import { randomBytes, randomInt } from 'node:crypto';
import { type PeerAddress, parseAddress } from '../../../src-main/contract/address.ts';
import type { ContentHash, NodeId } from '../../../src-main/contract/ids.ts';
import type { Hit } from '../../../src-main/contract/search.ts';
import { HostileSupernode } from '../hostile-supernode.ts';
import type { Attack } from './attack-process.ts';

const PORT = 1214;
const NAMED = 200;
const HITS = 50;
const SOURCES = 4;

const hex32 = () => randomBytes(32).toString('hex');

/**
 * A supernode that names one victim wherever it can: as two hundred supernodes and as the sources of whatever is searched, each time at
 * other ports and under other keys. `target` is the victim, `from` where it listens.
 */
export async function nameVictim({ target, from: [host = ''], say }: Attack): Promise<void> {
  const victim = parseAddress(target);
  if (!victim) throw new Error(`no address: ${target}`);
  const anywhere = (): PeerAddress => ({ host: victim.host, port: randomInt(2000, 60_000) });
  const source = () => ({
    nodeId: hex32() as NodeId,
    addresses: [anywhere(), anywhere()],
    reachable: true,
    freeSlots: 9,
  });
  const hit = (words: string): Hit => ({
    ...{ hash: hex32() as ContentHash, size: 3_000_000, name: `${words} ${randomInt(1e6)}.txt`, type: 'document' },
    ...{ extracted: {}, sources: Array.from({ length: SOURCES }, source) },
  });
  const named = () =>
    Array.from({ length: NAMED }, () => ({
      ...{ nodeId: hex32() as NodeId, address: anywhere() },
      ...{ children: 1, capacity: 1000, uptimeSeconds: 100_000 },
    }));
  const hits = ({ words, hash }: { words?: string; hash?: ContentHash }) =>
    Array.from({ length: hash === undefined ? HITS : 1 }, () => ({ ...hit(words ?? 'x'), ...(hash && { hash }) }));
  const supernode = await HostileSupernode.start({ host, port: PORT }, { named, hits });
  say('begun', { invitation: supernode.invitation });
  setInterval(() => say('asked', supernode.asked), 1000);
}
