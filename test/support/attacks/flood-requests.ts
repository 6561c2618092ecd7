import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Agent, type RequestOptions, request } from 'node:https';
import { parseAddress } from '../../../src-main/contract/address.ts';
import { HostilePeer } from '../hostile-peer.ts';
import type { Attack } from './attack-process.ts';
import { VOTED_HASH } from './bring-votes.ts';

const LASTS_MS = 1500;
const CONNECTIONS = 16;

type Ask = RequestOptions & { readonly body?: string };

const hex = (bytes: number) => randomBytes(bytes).toString('hex');

/** Searches, each for words of its own, as fast as they are answered. */
export const floodQueries = (attack: Attack): Promise<void> =>
  flood(attack, () => ({
    ...{ method: 'POST', path: '/query' },
    body: JSON.stringify({ type: 'query', id: hex(16), words: `reef ${hex(2)}`, limit: 200 }),
  }));

/** Contents that nobody has, and the trees of them. */
export const floodHashes = (attack: Attack): Promise<void> =>
  flood(attack, (nth) => ({ path: `/content/${hex(32)}${['', '/tree?chunk=1', '/chunks'][nth % 3]}` }));

/** What others say of a file of which many votes are kept, each way in which that can be asked. */
export const floodVotes = (attack: Attack): Promise<void> =>
  flood(attack, (nth) => {
    if (nth % 2 === 0) return { path: `/content/${VOTED_HASH}/votes` };
    const query = { type: 'query', id: hex(16), hash: VOTED_HASH, voteSize: 1000, limit: 200 };
    return { method: 'POST', path: '/query', body: JSON.stringify(query) };
  });

/** From each address one peer with many connections; how many answers of each status came. */
async function flood({ target, from, say }: Attack, make: (nth: number) => Ask): Promise<void> {
  const address = parseAddress(target);
  if (!address) throw new Error(`no address: ${target}`);
  const statuses: Record<string, number> = {};
  say('begun');
  const endMs = performance.now() + LASTS_MS;
  const attackFrom = async (localAddress: string) => {
    const { tls } = await HostilePeer.make(target, localAddress);
    const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS, ...tls, rejectUnauthorized: false });
    let made = 0;
    const work = async () => {
      while (performance.now() < endMs) {
        const status = await ask({ ...address, agent, ...make(made++) }).catch(() => 'cut');
        statuses[status] = (statuses[status] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, work));
  };
  await Promise.all(from.map(attackFrom));
  say('over', { statuses });
}

async function ask({ body, ...options }: Ask): Promise<number> {
  const asked = request(options);
  asked.end(body);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  await once(answer, 'close');
  return answer.statusCode ?? 0;
}
