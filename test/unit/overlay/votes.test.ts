import { afterEach, beforeEach, expect, test } from 'vitest';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import type { VoteCarrier } from '../../../src-main/engine/overlay/overlay-deps.ts';
import type { Votes } from '../../../src-main/engine/wire/messages/votes.ts';
import { decodeMessage, encodeMessage, type SessionMessage } from '../../../src-main/engine/wire/session-message.ts';
import { OverlayWorld } from '../../support/overlay-world.ts';
import { hashOf, Voter } from '../../support/voters.ts';

let world: OverlayWorld;
beforeEach(() => {
  world = new OverlayWorld();
});
afterEach(() => world.stopAll());

const voter = new Voter();
const MESSAGE: Votes = { type: 'votes', key: voter.key, reset: true, votes: [voter.vote(hashOf(1), 'fake')] };

/** Carries one message to each parent, and keeps what comes. */
class Carrier implements VoteCarrier {
  readonly heard: [NodeId, Votes][] = [];
  readonly gone: NodeId[] = [];
  parents = 0;

  fromChild({ nodeId }: { readonly nodeId: NodeId }, message: Votes): void {
    this.heard.push([nodeId, message]);
  }

  childGone(node: NodeId): void {
    this.gone.push(node);
  }

  toParent(send: (message: Votes) => void): () => void {
    this.parents++;
    send(MESSAGE);
    return () => {
      this.parents--;
    };
  }
}

test('a leaf brings its votes to its parent, and to no warm one until that is the parent', async () => {
  const [one, other, own] = [new Carrier(), new Carrier(), new Carrier()];
  const first = await world.supernode('10.1.0.1', { votes: one });
  const second = await world.supernode('10.2.0.1', { votes: other, bootstrap: ['10.1.0.1'] });
  await world.until(() => first.overlay.counts().neighbours === 1, 120_000);
  const leaf = await world.leaf('10.3.0.1', { bootstrap: ['10.1.0.1'], votes: own });
  const links = () => leaf.overlay.supernodes().map(({ state }) => state);
  await world.until(() => links().includes('standby'), 120_000);
  expect(own.parents).toBe(1);
  const parent = leaf.overlay.parentView()?.node === first.nodeId ? first : second;
  const [told, silent] = parent === first ? [one, other] : [other, one];
  expect([told.heard, silent.heard]).toEqual([[[leaf.nodeId, MESSAGE]], []]);
  world.kill(parent);
  await world.until(() => silent.heard.length > 0, 120_000);
  expect(own.parents).toBe(1);
  expect(silent.heard).toEqual([[leaf.nodeId, MESSAGE]]);
  await world.stop(leaf);
  expect(own.parents).toBe(0);
  expect(silent.gone).toContain(leaf.nodeId);
});

/** Somebody at a host who welcomes every session as a supernode of some version would, and keeps what it hears. */
async function playedSupernode(host: string, version: string): Promise<SessionMessage[]> {
  const heard: SessionMessage[] = [];
  const virtual = world.network.join(host, host.replaceAll('.', '').padStart(64, 'e') as NodeId);
  const standing = { children: 0, capacity: 9, uptimeSeconds: 1, alone: false };
  await virtual.links.listen(
    { host, port: 1214 },
    {
      accepts: () => true,
      misbehaved: () => undefined,
      request: async () => {
        const about = { version, node: virtual.nodeId, role: 'supernode', ...standing };
        return { status: 200, body: JSON.stringify({ about, supernodes: [], ...about, files: 0, digest: '' }) };
      },
      session: (link) =>
        link.receive(
          (text) => {
            const decoded = decodeMessage(text ?? '');
            if (!decoded.ok) return;
            heard.push(decoded.message);
            if (decoded.message.type !== 'hello') return;
            const more = {
              session: 'a',
              epoch: 'b',
              holding: { files: 0, digest: '' },
              seen: '10.3.0.1:1',
              others: [],
            };
            link.send(encodeMessage({ type: 'welcome', version, accepted: true, ...more, ...standing }));
          },
          () => undefined,
        ),
    },
  );
  return heard;
}

test.each([
  ['1.0', 0],
  ['1.1', 1],
  ['1.7', 1],
])('a parent of version %s is told %i times in a session', async (version, times) => {
  const heard = await playedSupernode('10.1.0.1', version);
  const own = new Carrier();
  await world.leaf('10.3.0.1', { bootstrap: ['10.1.0.1'], votes: own });
  await world.until(() => heard.some(({ type }) => type === 'load'), 60_000);
  await world.clock.advance(2000);
  // It plays no uploads, so that the leaf comes back now and then.
  const count = (wanted: string) => heard.filter(({ type }) => type === wanted).length;
  expect(count('votes')).toBe(times * count('hello'));
});
