import { beforeEach, describe, expect, it } from 'vitest';
import { formatAddress, type PeerTarget } from '../../../src-main/contract/address.ts';
import { AppError, type ErrorCode } from '../../../src-main/contract/errors.ts';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import { DialRules } from '../../../src-main/engine/overlay/dial-rules.ts';
import { RuledLinks } from '../../../src-main/engine/overlay/ruled-links.ts';
import type { Links } from '../../../src-main/engine/ports/index.ts';
import { HostCacheStore } from '../../../src-main/engine/store/host-cache-store.ts';
import { OverlayWorld, type TestPeer } from '../../support/overlay-world.ts';

const MINUTE = 60_000;
const HOST = '30.0.0.1';
type Role = 'auto' | 'never';
/** How every dial fails while there is no line. */
type Cut = { readonly code: ErrorCode; readonly afterMs: number };
const NO_NETWORK: Cut = { code: 'peer.unreachable', afterMs: 0 };
const DEAD_ROUTER: Cut = { code: 'peer.timeout', afterMs: 10_000 };

describe('a peer without a line', () => {
  let world: OverlayWorld;
  let cut: Cut | undefined;
  /** When each address was dialled in vain. */
  let dials: Map<string, number[]>;

  beforeEach(async () => {
    world = new OverlayWorld();
    cut = undefined;
    dials = new Map();
    for (let number = 1; number <= 12; number++)
      await world.supernode(`20.${number}.0.1`, { bootstrap: number > 1 ? ['20.1.0.1'] : [] });
    await world.clock.advance(2 * MINUTE);
  });

  /** A peer that knows the network only from its first run, which was online. */
  async function secondRun(role: Role): Promise<TestPeer> {
    const settings = { 'supernode.role': role };
    const first = await world.peer(HOST, { bootstrap: ['20.1.0.1'], settings });
    await world.clock.advance(30 * MINUTE);
    await world.stop(first);
    cut = NO_NETWORK;
    return restarted(first, role);
  }

  async function restarted({ database, nodeId }: TestPeer, role: Role): Promise<TestPeer> {
    let peer: TestPeer | undefined;
    const rules = new DialRules({
      clock: world.clock,
      settings: () => DEFAULT_SETTINGS,
      ownHosts: () => [],
      whyShut: () => undefined,
      isFamiliar: (address) => peer?.overlay.network.isFamiliar(address) ?? false,
    });
    const links = (real: Links) => new RuledLinks(withLine(real), rules);
    const options = { database, nodeId, links, contact: rules.contact, settings: { 'supernode.role': role } };
    peer = await world.peer(HOST, options);
    return peer;
  }

  /** Links of which every dial fails while `cut` is set. */
  function withLine(real: Links): Links {
    const require = async ({ address }: PeerTarget) => {
      if (!cut) return;
      const { code, afterMs } = cut;
      const key = formatAddress(address);
      dials.set(key, [...(dials.get(key) ?? []), world.clock.monotonicMs()]);
      await world.clock.sleep(afterMs);
      throw new AppError(code, { address: key, why: 'no line' });
    };
    return {
      listen: (...given) => real.listen(...given),
      request: async (to, ...rest) => (await require(to)) ?? real.request(to, ...rest),
      openSession: async (to, ...rest) => (await require(to)) ?? real.openSession(to, ...rest),
      reverse: (...given) => real.reverse(...given),
      openHole: (...given) => real.openHole(...given),
      meet: (...given) => real.meet(...given),
      close: () => real.close(),
    };
  }

  const isIn = ({ overlay }: TestPeer) => overlay.parentView() !== undefined || overlay.counts().neighbours > 0;
  const stored = async ({ database }: TestPeer) => (await new HostCacheStore(database).all()).length;

  it.each([
    { role: 'never', minutes: 15, how: NO_NETWORK },
    { role: 'never', minutes: 3 * 60, how: NO_NETWORK },
    { role: 'auto', minutes: 60, how: DEAD_ROUTER },
  ] as const)('started so forgets nobody, and is in soon after $minutes min ($role, $how.code)', async (given) => {
    const peer = await secondRun(given.role);
    const before = await stored(peer);
    cut = given.how;
    await world.clock.advance(given.minutes * MINUTE);
    expect([before > 8, await stored(peer)]).toEqual([true, before]);
    const pauses = [...dials.values()].flatMap((at) => at.slice(1).map((ms, turn) => ms - (at[turn] ?? 0)));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(MINUTE);
    cut = undefined;
    expect(await world.until(() => isIn(peer), 90_000)).toBeLessThan(90_000);
    await world.stopAll();
  });

  it('whose line goes again and again while it runs forgets nobody either', async () => {
    const peer = await secondRun('never');
    cut = undefined;
    await world.until(() => isIn(peer), 90_000);
    const before = await stored(peer);
    for (let times = 0; times < 3; times++) {
      cut = NO_NETWORK;
      world.network.split((host) => host === HOST);
      await world.clock.advance(30 * MINUTE);
      cut = undefined;
      world.network.unsplit();
      expect(await world.until(() => isIn(peer), 90_000)).toBeLessThan(90_000);
      await world.clock.advance(10 * MINUTE);
    }
    expect(await stored(peer)).toBeGreaterThanOrEqual(before);
    await world.stopAll();
  });
});
