import { describe, expect, test } from 'vitest';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import { LastContact } from '../../../src-main/engine/overlay/last-contact.ts';
import { Session } from '../../../src-main/engine/overlay/session.ts';
import type { SessionLink } from '../../../src-main/engine/ports/index.ts';
import { MemoryLogger } from '../../../src-main/simulator/memory-logger.ts';
import { VirtualNetwork, type VirtualPeer } from '../../../src-main/simulator/memory-network.ts';
import { SeededRandom } from '../../../src-main/simulator/seeded-random.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';

const [OPENER, LISTENER] = ['40.0.0.1', '41.0.0.1'] as const;
const PORT = 1214;

type World = { clock: VirtualClock; network: VirtualNetwork; peers: Record<'opener' | 'listener', VirtualPeer> };

/** When each side's session ended, and how: `opener silent`. */
type Ends = Readonly<Record<string, number>>;

/** A session between two hosts, and its ends in virtual ms. */
async function play(modelsPings: boolean, course: (world: World) => Promise<void>): Promise<Ends> {
  const clock = new VirtualClock();
  const network = new VirtualNetwork({ clock, random: new SeededRandom(1), modelsPings, link: { latencyMs: 40 } });
  const opener = network.join(OPENER, '1'.padStart(64, '0') as NodeId);
  const listener = network.join(LISTENER, '2'.padStart(64, '0') as NodeId);
  const ends: Record<string, number> = {};
  const watch = (link: SessionLink, isOpener: boolean) => {
    const contact = new LastContact(clock);
    const deps = { clock, logger: new MemoryLogger(), settings: () => DEFAULT_SETTINGS, contact, strike: () => {} };
    const session = new Session(link, deps, { isOpener });
    const ended = ({ code }: { code: string }) => {
      ends[`${isOpener ? 'opener' : 'listener'} ${code}`] = clock.monotonicMs();
    };
    session.receive({ message: () => {}, ended });
  };
  const handler = {
    request: async () => ({ status: 404 }),
    session: (link: SessionLink) => watch(link, false),
    accepts: () => true,
    misbehaved: () => undefined,
  };
  await listener.links.listen({ host: LISTENER, port: PORT }, handler);
  const opening = opener.links.openSession({ address: { host: LISTENER, port: PORT } });
  await clock.advance(1000);
  watch(await opening, true);
  await course({ clock, network, peers: { opener, listener } });
  return ends;
}

/** What happens, and the ends that follow; those of a machine that is gone do not count. */
const COURSES: Readonly<Record<string, readonly [(world: World) => Promise<void>, readonly string[]]>> = {
  'nothing happens': [({ clock }) => clock.advance(600_000), []],
  'the listener vanishes': [
    async ({ clock, network, peers }) => {
      await clock.advance(100_000);
      network.vanish(peers.listener);
      await clock.advance(60_000);
    },
    ['opener silent'],
  ],
  'the opener vanishes': [
    async ({ clock, network, peers }) => {
      await clock.advance(100_000);
      network.vanish(peers.opener);
      await clock.advance(60_000);
    },
    ['listener silent'],
  ],
  'the listener is killed': [
    async ({ clock, network }) => {
      await clock.advance(100_000);
      network.kill(LISTENER);
      await clock.advance(60_000);
    },
    ['opener closed'],
  ],
  'the line is cut': [
    async ({ clock, network }) => {
      await clock.advance(100_000);
      network.cut(OPENER, LISTENER);
      await clock.advance(60_000);
    },
    ['listener silent', 'opener silent'],
  ],
  'the line is cut for 5 s, twice': [
    async ({ clock, network }) => {
      for (let cut = 0; cut < 2; cut++) {
        await clock.advance(8_000);
        network.cut(OPENER, LISTENER);
        await clock.advance(5_000);
        network.heal(OPENER, LISTENER);
      }
      await clock.advance(60_000);
    },
    [],
  ],
};
const NEAR_MS = 2000;

describe('a session without pings ends as one with pings does', () => {
  for (const [name, [course, ends]] of Object.entries(COURSES)) {
    test(name, async () => {
      const [pinged, modelled] = [await play(false, course), await play(true, course)];
      for (const end of ends) expect(Math.abs((modelled[end] ?? 0) - (pinged[end] ?? NaN))).toBeLessThan(NEAR_MS);
      if (ends.length === 0) expect([pinged, modelled]).toEqual([{}, {}]);
    });
  }
});
