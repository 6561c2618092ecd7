import { beforeEach, describe, expect, it } from 'vitest';
import type { PeerTarget } from '../../src-main/contract/address.ts';
import { AppError, type ErrorCode } from '../../src-main/contract/errors.ts';
import type { NodeId } from '../../src-main/contract/ids.ts';
import { DEFAULT_SETTINGS } from '../../src-main/contract/settings.ts';
import { DialRules } from '../../src-main/engine/overlay/dial-rules.ts';
import { RuledContentClient, RuledLinks } from '../../src-main/engine/overlay/ruled-links.ts';
import type { WhyShut } from '../../src-main/engine/shut-out.ts';
import { VirtualNetwork } from '../../src-main/simulator/memory-network.ts';
import { SeededRandom } from '../../src-main/simulator/seeded-random.ts';
import { VirtualClock } from '../../src-main/simulator/virtual-clock.ts';
import { RecordingHandler } from '../support/link-world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NODE = 'a'.repeat(64) as NodeId;
const OTHER = 'b'.repeat(64) as NodeId;
const node = (digit: string) => digit.repeat(64) as NodeId;
const at = (host: string, port = 5000) => ({ host, port });

describe('dialling rules', () => {
  let clock: VirtualClock;
  let rules: DialRules;
  let ownHosts: string[];
  let whyShut: WhyShut;
  let ignored: PeerTarget[];
  let familiar: string[];

  beforeEach(() => {
    clock = new VirtualClock();
    ownHosts = [];
    whyShut = () => undefined;
    ignored = [];
    familiar = [];
    rules = new DialRules({
      clock,
      settings: () => DEFAULT_SETTINGS,
      ownHosts: () => ownHosts,
      whyShut: (peer) => whyShut(peer),
      isFamiliar: ({ host }) => familiar.includes(host),
      banIgnored: (to) => ignored.push(to),
    });
  });

  /** 'dialled', or the code of the rule (or of the dial) that ended it. */
  async function dial(
    host: string,
    options: { port?: number; nodeId?: NodeId; fails?: ErrorCode } = {},
  ): Promise<string> {
    const run = async () => {
      if (options.fails) throw new AppError(options.fails, {});
      return 'dialled';
    };
    const to = { address: at(host, options.port), nodeId: options.nodeId };
    return rules.run(to, run).catch((error: AppError) => error.code);
  }

  it.each([
    '127.0.0.1',
    '10.1.1.1',
    '192.168.1.1',
    '169.254.1.1',
    '224.0.0.1',
    '0.0.0.0',
    '::1',
    'fe80::1',
    'fd00::1',
    '::ffff:10.0.0.1',
  ])('refuses %s, which no stranger may aim at', async (host) => {
    expect(await dial(host)).toBe('peer.address-not-allowed');
  });

  it('dial nobody whom the user blocks, though he gave the address, nor who turns out to be blocked', async () => {
    const rule = 'node:x';
    whyShut = ({ nodeId, hosts }) =>
      nodeId === NODE || hosts.includes('8.8.8.8') ? { code: 'peer.blocked', rule, untilMs: Infinity } : undefined;
    const refused = expect.objectContaining({ code: 'peer.blocked', params: expect.objectContaining({ rule }) });
    for (const to of [
      { address: at('9.9.9.9'), nodeId: NODE },
      { address: at('8.8.8.8'), nodeId: OTHER },
    ]) {
      rules.trustAddress(to.address);
      await expect(rules.run(to, () => expect.fail('dialled'))).rejects.toEqual(refused);
    }
    expect(await rules.run({ address: at('9.9.9.9'), nodeId: OTHER }, async () => 'reached')).toBe('reached');
    expect(() => rules.requireOpen({ address: at('9.9.9.9'), nodeId: NODE })).toThrow('block list');
  });

  it('dial nobody who is banned while that lasts, unless the user gave the address, and say so then', async () => {
    const untilMs = MINUTE;
    whyShut = ({ nodeId }) =>
      nodeId === NODE && clock.monotonicMs() < untilMs ? { code: 'peer.banned', untilMs } : undefined;
    expect(await dial('8.8.8.8', { nodeId: NODE })).toBe('peer.banned');
    expect(await dial('8.8.8.8', { nodeId: OTHER })).toBe('dialled');
    const to = { address: at('9.9.9.9'), nodeId: NODE };
    expect(() => rules.requireOpen(to, at('9.9.9.9'))).toThrow('banned');
    rules.trustAddress(at('9.9.9.9'));
    expect(await rules.run(to, async () => 'dialled')).toBe('dialled');
    expect(ignored).toEqual([to]);
    await clock.advance(MINUTE);
    expect(await dial('8.8.8.8', { nodeId: NODE })).toBe('dialled');
  });

  it('refuses names and ports of well-known services, but not 443', async () => {
    expect(await dial('example.org')).toBe('peer.address-not-allowed');
    expect(await dial('8.8.8.8', { port: 25 })).toBe('peer.address-not-allowed');
    expect(await dial('8.8.8.8', { port: 443 })).toBe('dialled');
  });

  it('dials what the user gave, whatever it is and however often', async () => {
    for (const [host, port] of [
      ['localhost', 80],
      ['10.0.0.1', 5000],
      ['8.8.8.8', 25],
    ] as const) {
      rules.trustAddress(at(host, port));
      for (let i = 0; i < 3; i++)
        expect(await dial(host, { port, fails: 'peer.unreachable' })).toBe('peer.unreachable');
      expect(await dial(host, { port })).toBe('dialled');
    }
  });

  it('dials private addresses of its own network, as fast as it likes', async () => {
    ownHosts = ['192.168.7.7', '127.0.0.1'];
    for (let i = 1; i < 20; i++) expect(await dial(`192.168.1.${i}`)).toBe('dialled');
    for (let i = 1; i < 20; i++) expect(await dial('127.0.0.1', { port: 2000 + i })).toBe('dialled');
    expect(await dial('10.0.0.1')).toBe('peer.address-not-allowed');
    expect(await dial('fd00::1')).toBe('peer.address-not-allowed');
  });

  it('makes one new dial a second to one IP', async () => {
    expect(await dial('8.8.8.8', { port: 2001 })).toBe('dialled');
    expect(await dial('8.8.8.8', { port: 2002 })).toBe('peer.dial-limited');
    expect(await dial('2001:db8::1')).toBe('dialled');
    expect(await dial('2001:db8::2')).toBe('peer.dial-limited');
    await clock.advance(1100);
    expect(await dial('8.8.8.8', { port: 2002 })).toBe('dialled');
  });

  it('makes four new dials a second to one /24', async () => {
    const outcomes = await Promise.all([1, 2, 3, 4, 5].map((i) => dial(`8.8.8.${i}`)));
    expect(outcomes).toEqual(['dialled', 'dialled', 'dialled', 'dialled', 'peer.dial-limited']);
    expect(await dial('8.8.9.1')).toBe('dialled');
  });

  it('does not limit dials to an address reached within 24 h', async () => {
    expect(await dial('8.8.8.8')).toBe('dialled');
    for (let i = 0; i < 5; i++) expect(await dial('8.8.8.8')).toBe('dialled');
    await clock.advance(24 * HOUR + 1);
    expect(await dial('8.8.8.8', { port: 2001 })).toBe('dialled');
    expect(await dial('8.8.8.8')).toBe('peer.dial-limited');
  });

  it('leaves an address that it reached in the last day alone for 2 min at most', async () => {
    await dial('8.8.8.8');
    for (let times = 0; times < 6; times++) {
      expect(await dial('8.8.8.8', { fails: 'peer.unreachable' })).toBe('peer.unreachable');
      await clock.advance(2 * MINUTE);
    }
    expect(await dial('8.8.8.8')).toBe('dialled');
  });

  it('while nobody answers dials every minute whom it once reached and what is built in, and no other sooner', async () => {
    familiar = ['9.9.9.9'];
    expect(await dial('7.7.7.7')).toBe('dialled');
    await clock.advance(2 * MINUTE);
    const dialled = { '7.7.7.7': 0, '8.8.8.8': 0, '9.9.9.9': 0 };
    for (let seconds = 0; seconds < 60 * 60; seconds += 5) {
      for (const host of ['7.7.7.7', '8.8.8.8', '9.9.9.9'] as const)
        if ((await dial(host, { fails: 'peer.unreachable' })) === 'peer.unreachable') dialled[host]++;
      await clock.advance(5000);
    }
    expect(dialled).toEqual({ '7.7.7.7': 60, '8.8.8.8': 6, '9.9.9.9': 60 });
  });

  it('holds no pause of a time in which nobody answered against an address, but for the shortest', async () => {
    const fail = () => dial('8.8.8.8', { fails: 'peer.unreachable' });
    for (const minutes of [1, 2, 4, 8]) {
      await fail();
      await clock.advance(minutes * MINUTE);
    }
    await fail();
    await clock.advance(2000);
    expect(await dial('9.9.9.9')).toBe('dialled');
    expect(await dial('8.8.8.8')).toBe('peer.dial-limited');
    await clock.advance(MINUTE - 2000);
    expect(await fail()).toBe('peer.unreachable');
    // It counts again as from its first failure; and what counted while somebody answered stays.
    for (const minutes of [1, 2, 4]) {
      rules.contact.reached('9.9.9.9');
      await clock.advance(minutes * MINUTE - 1);
      expect(await dial('8.8.8.8')).toBe('peer.dial-limited');
      await clock.advance(1);
      rules.contact.reached('9.9.9.9');
      expect(await fail()).toBe('peer.unreachable');
    }
    await clock.advance(8 * MINUTE);
    await fail();
    rules.contact.reached('9.9.9.9');
    await clock.advance(MINUTE);
    expect(await dial('8.8.8.8')).toBe('dialled');
  });

  it('leaves an address that failed alone for 1 min, doubling to 6 h', async () => {
    for (const minutes of [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]) {
      expect(await dial('8.8.8.8', { fails: 'peer.unreachable' })).toBe('peer.unreachable');
      await clock.advance(minutes * MINUTE - 1);
      expect(await dial('8.8.8.8')).toBe('peer.dial-limited');
      await clock.advance(1);
    }
    expect(await dial('8.8.8.8')).toBe('dialled');
    expect(await dial('8.8.8.8', { fails: 'peer.unreachable' })).toBe('peer.unreachable');
    await clock.advance(MINUTE);
    expect(await dial('8.8.8.8')).toBe('dialled');
  });

  it('does not leave an address alone that the user wants dialled again, once', async () => {
    await dial('198.51.100.1', { fails: 'peer.unreachable' });
    await clock.advance(2000);
    expect(await dial('198.51.100.1')).toBe('peer.dial-limited');
    rules.forgive({ address: at('198.51.100.1'), nodeId: NODE });
    expect(await dial('198.51.100.1', { fails: 'peer.unreachable' })).toBe('peer.unreachable');
    await clock.advance(2000);
    expect(await dial('198.51.100.1')).toBe('peer.dial-limited');
  });

  it('does not leave a good address alone because someone named it with a wrong key', async () => {
    expect(await dial('8.8.8.8', { nodeId: NODE })).toBe('dialled');
    expect(await dial('8.8.8.8', { nodeId: OTHER, fails: 'peer.wrong-identity' })).toBe('peer.wrong-identity');
    expect(await dial('8.8.8.8', { nodeId: OTHER })).toBe('peer.dial-limited');
    expect(await dial('8.8.8.8', { nodeId: NODE })).toBe('dialled');
  });

  it('takes a late answer for a failure only where nobody ever answered', async () => {
    expect(await dial('8.8.8.8')).toBe('dialled');
    await dial('8.8.8.8', { fails: 'peer.timeout' });
    expect(await dial('8.8.8.8')).toBe('dialled');
    await dial('9.9.9.9', { fails: 'peer.timeout' });
    await clock.advance(2000);
    expect(await dial('9.9.9.9')).toBe('peer.dial-limited');
  });

  it('lets a second dial to a new address wait for the first', async () => {
    const first = Promise.withResolvers<string>();
    const to = { address: at('8.8.8.8') };
    const dials = [rules.run(to, () => first.promise), rules.run(to, async () => 'second')];
    first.resolve('first');
    expect(await Promise.all(dials)).toEqual(['first', 'second']);
    const failing = Promise.withResolvers<string>();
    const bad = { address: at('9.9.9.9') };
    const both = Promise.allSettled([rules.run(bad, () => failing.promise), rules.run(bad, async () => 'second')]);
    failing.reject(new AppError('peer.unreachable', {}));
    expect((await both).map((result) => result.status === 'rejected' && result.reason.code)).toEqual([
      'peer.unreachable',
      'peer.dial-limited',
    ]);
  });

  it('takes the address behind a name that the user gave as given too, and no other', async () => {
    rules.noteReached(at('stranger.example'), at('10.0.0.2'));
    expect(await dial('10.0.0.2')).toBe('peer.address-not-allowed');
    rules.trustAddress(at('home.example'));
    rules.noteReached(at('home.example'), at('10.0.0.2'));
    expect(await dial('10.0.0.2')).toBe('dialled');
    rules.noteReached(at('home.example'), at('10.0.0.3'));
    expect(await dial('10.0.0.2')).toBe('peer.address-not-allowed');
    expect(await dial('10.0.0.3')).toBe('dialled');
  });
});

describe('ruled links', () => {
  it('put the rules before every way to open a connection', async () => {
    const clock = new VirtualClock();
    const network = new VirtualNetwork({ clock, random: new SeededRandom(1) });
    const peer = network.join('8.8.8.8', NODE);
    const target = network.join('10.0.0.1', OTHER);
    await target.links.listen(at('10.0.0.1'), new RecordingHandler());
    const rules = new DialRules({
      clock,
      settings: () => DEFAULT_SETTINGS,
      ownHosts: () => [],
      whyShut: () => undefined,
    });
    const links = new RuledLinks(peer.links, rules);
    const client = new RuledContentClient(peer.contentClient, rules);
    const to = { address: at('10.0.0.1'), nodeId: OTHER };
    const ask = { method: 'GET', path: '/about', maxBytes: 1, timeoutMs: 1000 } as const;
    for (const dial of [links.request(to, ask), links.openSession(to), client.connect(to)]) {
      await expect(dial).rejects.toMatchObject({ code: 'peer.address-not-allowed' });
    }
    rules.trustAddress(to.address);
    const dials = Promise.all([links.request(to, ask), links.openSession(to), client.connect(to)]);
    await clock.advance(100);
    expect((await dials)[0].status).toBe(200);
  });

  it('holds nothing against a relay that who was met there does', async () => {
    const clock = new VirtualClock();
    const settings = () => DEFAULT_SETTINGS;
    const rules = new DialRules({ clock, settings, ownHosts: () => [], whyShut: () => undefined });
    const network = new VirtualNetwork({ clock, random: new SeededRandom(1) });
    const relay = network.join('20.0.0.1', OTHER);
    const handler = new RecordingHandler();
    await relay.links.listen(at(relay.host), handler);
    const [peer, liar, wanted] = [network.join('20.0.0.2', NODE), network.join('20.0.0.3', node('c')), node('d')];
    const token = 'ab'.repeat(16);
    handler.pairs.set(token, [NODE, liar.nodeId]);
    const there = { nodeId: OTHER, address: at(relay.host), token };
    const links = new RuledLinks(peer.links, rules);
    const both = Promise.allSettled([links.meet(wanted, there), liar.links.meet(NODE, there)]);
    await clock.advance(100);
    expect((await both)[0]).toMatchObject({ reason: { code: 'peer.wrong-identity' } });
    const asking = links.request(there, { method: 'GET', path: '/about', maxBytes: 1, timeoutMs: 1000 });
    const [answer] = await Promise.all([asking, clock.advance(100)]);
    expect(answer.status).toBe(200);
  });
});
