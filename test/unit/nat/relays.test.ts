import { beforeEach, describe, expect, it } from 'vitest';
import type { KnownPeer } from '../../../src-main/contract/address.ts';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import { Relays } from '../../../src-main/engine/nat/relays.ts';
import type { RelayPass } from '../../../src-main/engine/ports/index.ts';
import { RELAY_IDLE_MS, RELAY_WAIT_MS, RELAYS_OPEN, RELAYS_PER_BLOCK } from '../../../src-main/engine/wire/limits.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';

const peer = (host: string, number = 1): KnownPeer => {
  return { nodeId: number.toString(16).padStart(64, '0') as NodeId, address: { host, port: 1214 } };
};
const SOURCE = peer('20.9.0.1', 99);
const ASKER = peer('20.1.0.1');

describe('the places of a relay', () => {
  let clock: VirtualClock;
  let relays: Relays;
  let made = 0;

  beforeEach(() => {
    clock = new VirtualClock();
    relays = new Relays({ clock, settings: () => ({ ...DEFAULT_SETTINGS, 'relay.volunteer': true }) });
  });

  const newToken = () => (++made).toString(16).padStart(32, '0');
  const offer = (asker: KnownPeer, token = newToken()) =>
    relays.offer(token, { asker, source: SOURCE.nodeId }) ? token : undefined;
  /** Both are there. */
  const join = (asker = ASKER): readonly [RelayPass, RelayPass] => {
    const token = offer(asker) ?? '';
    const passes = [relays.enter(token, asker), relays.enter(token, SOURCE)];
    const [one, two] = passes;
    if (!one || !two) throw new Error('no place');
    return [one, two];
  };

  it('are free again when nothing passes for long, and not sooner', async () => {
    const [one, two] = join();
    await clock.advance(RELAY_IDLE_MS - 1000);
    expect(one.signal.aborted).toBe(false);
    await two.admit(1);
    await clock.advance(RELAY_IDLE_MS - 1000);
    expect(one.signal.aborted).toBe(false);
    await clock.advance(1000);
    expect([one, two].map(({ signal }) => signal.aborted)).toEqual([true, true]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('are counted as long as two are there, whatever they say', async () => {
    const pairs = Array.from({ length: RELAYS_OPEN }, (_, at) => join(peer(`20.1.${at}.1`)));
    await clock.advance(RELAY_WAIT_MS + 1000);
    expect(offer(peer('20.2.0.1'))).toBeUndefined();
    pairs[0]?.[0].ended();
    expect(offer(peer('20.2.0.1'))).toBeDefined();
    expect(offer(peer('20.3.0.1'))).toBeUndefined();
  });

  it('are given up when the other does not come', async () => {
    const token = offer(ASKER) ?? '';
    const pass = relays.enter(token, ASKER);
    await clock.advance(RELAY_WAIT_MS);
    expect(pass?.signal.aborted).toBe(true);
    expect(relays.enter(token, SOURCE)).toBeUndefined();
  });

  it('are not all for one network, and it is where who asks comes from that counts', () => {
    for (let pairs = 0; pairs < RELAYS_PER_BLOCK; pairs++) join(peer(`20.1.0.${pairs}`, pairs));
    expect(offer(peer('20.1.0.200', 200))).toBeUndefined();
    // Said to be elsewhere.
    const token = offer(peer('20.2.0.1', 200)) ?? '';
    expect(relays.enter(token, peer('20.1.0.200', 200))).toBeUndefined();
    expect(relays.enter(token, peer('20.2.0.1', 200))).toBeDefined();
    expect(offer(peer('20.3.0.1', 201))).toBeDefined();
  });

  it('are told with what passed through them: in all, within a day against the limit, and by how many pairs', async () => {
    const { 'relay.per-day': perDay } = DEFAULT_SETTINGS;
    const none = { isVolunteer: true, pairs: 0, bytes: 0, dayBytes: 0, perDay };
    expect(relays.view()).toEqual(none);
    offer(peer('20.2.0.1'));
    expect(relays.view()).toEqual(none);
    const [one, two] = join();
    await one.admit(1000);
    await two.admit(234);
    expect(relays.view()).toEqual({ ...none, pairs: 1, bytes: 1234, dayBytes: 1234 });
    one.ended();
    await clock.advance(26 * 3_600_000);
    expect(relays.view()).toEqual({ ...none, bytes: 1234 });
  });

  it('end with the relay', () => {
    const [one] = join();
    relays.stop();
    expect(one.signal.aborted).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });
});
