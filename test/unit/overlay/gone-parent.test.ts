import { afterEach, beforeEach, test } from 'vitest';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import type { Links } from '../../../src-main/engine/ports/index.ts';
import { OverlayWorld, type TestPeer } from '../../support/overlay-world.ts';
import { scriptedSupernode } from '../../support/scripted-supernode.ts';
import { node } from '../../support/search-fixtures.ts';

const HONEST = '10.1.0.1';
const LIAR = { host: '10.2.0.1', nodeId: 'd'.repeat(64) as NodeId };
const SUCCESSOR = { host: '10.3.0.1', nodeId: 'e'.repeat(64) as NodeId };
const FOUND_WITHIN_MS = 60_000;

let world: OverlayWorld;
let honest: TestPeer;
beforeEach(async () => {
  world = new OverlayWorld();
  honest = await world.supernode(HONEST);
});
afterEach(() => world.stopAll());

const entry = ({ host, nodeId }: typeof LIAR) => ({
  nodeId,
  address: { host, port: 1214 },
  ...{ children: 1, capacity: 9, uptimeSeconds: 1 },
});

test('a leaf whose parent leaves, and whose next one does within a second, finds another', async () => {
  // So many that it would take a while to ask each for others.
  const gone = Array.from({ length: 7 }, (_, at) => entry({ host: `10.4.${at}.1`, nodeId: node(at) }));
  const known = [entry({ host: HONEST, nodeId: honest.nodeId }), ...gone];
  let succeeded = false;
  await scriptedSupernode(world, SUCCESSOR, ({ welcome, close }) => {
    succeeded = true;
    welcome(true);
    world.clock.setTimer(400, () => close(1000, ''));
  });
  await scriptedSupernode(world, LIAR, ({ welcome, send }) => {
    welcome(true, known);
    world.clock.setTimer(1000, () => send({ type: 'leaving', successors: [entry(SUCCESSOR)] }));
  });
  const leaf = await world.leaf('10.9.0.1', { bootstrap: [LIAR.host], settings: { 'overlay.standby': false } });
  await world.until(() => succeeded, FOUND_WITHIN_MS);
  await world.until(() => leaf.overlay.parentView()?.node === honest.nodeId, FOUND_WITHIN_MS);
});

/** A welcome comes together with what was said after it, as two messages of one piece do: nothing runs in between. */
const inOnePiece = (links: Links): Links => ({
  ...{ listen: links.listen.bind(links), request: links.request.bind(links), close: links.close.bind(links) },
  ...{ reverse: links.reverse.bind(links), openHole: links.openHole.bind(links), meet: links.meet.bind(links) },
  openSession: async (to, signal) => {
    const link = await links.openSession(to, signal);
    const receive = link.receive.bind(link);
    link.receive = (onMessage, onClose) => {
      let held: string | undefined;
      receive((text) => {
        if (to.nodeId === LIAR.nodeId && text?.includes('"welcome"')) held = text;
        else {
          const welcome = held;
          held = undefined;
          if (welcome !== undefined) onMessage(welcome);
          onMessage(text);
        }
      }, onClose);
    };
    return link;
  },
});

test.each([
  { type: 'bye', code: 'stopping', why: '' },
  { type: 'leaving', successors: [] },
])('a leaf whose parent says $type in one piece with the welcome finds another', async (end) => {
  let taken = false;
  await scriptedSupernode(world, LIAR, ({ welcome, send }) => {
    taken = true;
    welcome(true, [entry({ host: HONEST, nodeId: honest.nodeId })]);
    send(end);
  });
  const settings = { 'overlay.standby': false } as const;
  const leaf = await world.leaf('10.9.0.1', { bootstrap: [LIAR.host], settings, links: inOnePiece });
  await world.until(() => leaf.overlay.parentView()?.node === honest.nodeId, FOUND_WITHIN_MS);
  if (!taken) throw new Error('it was not asked');
});
