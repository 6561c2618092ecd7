import { randomBytes } from 'node:crypto';
import type { ContentHash } from '../../../src-main/contract/ids.ts';
import { HostilePeer } from '../hostile-peer.ts';
import { Voter } from '../voters.ts';
import type { Attack } from './attack-process.ts';

/** One that all of them say something of. */
export const VOTED_HASH = 'ab'.repeat(32) as ContentHash;
const PER_MESSAGE = 64;
/** As many as a child may bring at once, just below what it may bring in 10 min. */
const MESSAGES = 62;
/** Children that bring forged ones, one after the other, from each address, and how many messages each. */
export const FORGERS = 24;
const FORGED_MESSAGES = 3;

const randomHash = () => randomBytes(32).toString('hex') as ContentHash;

/**
 * From the first half of the addresses a child each that brings as many votes as it may, and another one that brings more; both stay. From the others children
 * that bring thousands of forged votes each. How many were brought, and why sessions ended.
 */
export async function bringVotes({ target, from, say }: Attack): Promise<void> {
  const ends: Record<string, number> = {};
  let brought = 0;
  const bring = async (localAddress: string, messages: number, isForged = false) => {
    const peer = await HostilePeer.make(target, localAddress);
    const session = await peer.join();
    const voter = new Voter(peer.tls.key);
    const { signature } = voter.vote(VOTED_HASH, 'good');
    for (let message = 0; message < messages; message++) {
      const votes = Array.from({ length: PER_MESSAGE }, (_, at) => {
        const hash = message + at === 0 ? VOTED_HASH : randomHash();
        return isForged ? { ...FORGED, hash, signature } : voter.vote(hash, 'good');
      });
      session.send({ type: 'votes', key: voter.key, reset: false, votes });
      brought += votes.length;
    }
    return session;
  };
  const count = (why: string) => {
    ends[why] = (ends[why] ?? 0) + 1;
  };
  const forge = async (localAddress: string) =>
    count(
      await bring(localAddress, FORGED_MESSAGES, true)
        .then(({ closed }) => closed)
        .then(([, reason]) => reason)
        .catch(() => 'refused'),
    );
  say('begun');
  const half = from.length / 2;
  await Promise.all(
    from.map(async (localAddress, at) => {
      if (at < half) {
        for (const messages of [MESSAGES, MESSAGES + 2]) {
          const { closed } = await bring(localAddress, messages);
          void closed.then(([, reason]) => count(reason));
        }
      } else for (let forger = 0; forger < FORGERS; forger++) await forge(localAddress);
    }),
  );
  say('over', { brought, ends });
}

const FORGED = { size: 1000, verdict: 'fake', sequence: 2 } as const;
