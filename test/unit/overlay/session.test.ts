import { beforeEach, expect, test } from 'vitest';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import { ByteCount } from '../../../src-main/engine/overlay/byte-count.ts';
import { openSession } from '../../../src-main/engine/overlay/handshake.ts';
import { LastContact } from '../../../src-main/engine/overlay/last-contact.ts';
import { Session, type SessionDeps, type SessionEnd } from '../../../src-main/engine/overlay/session.ts';
import type { SessionLink } from '../../../src-main/engine/ports/index.ts';
import { CHILD_MESSAGES } from '../../../src-main/engine/wire/limits.ts';
import type { Hello } from '../../../src-main/engine/wire/messages/hello.ts';
import type { Welcome } from '../../../src-main/engine/wire/messages/welcome.ts';
import type { SessionMessage } from '../../../src-main/engine/wire/session-message.ts';
import { PROTOCOL_VERSION } from '../../../src-main/engine/wire/version.ts';
import { MemoryLogger } from '../../../src-main/simulator/memory-logger.ts';
import { VirtualNetwork, type VirtualPeer } from '../../../src-main/simulator/memory-network.ts';
import { SeededRandom } from '../../../src-main/simulator/seeded-random.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';
import { collectGarbage } from '../../support/collect-garbage.ts';

const HELLO: Hello = { type: 'hello', version: '1.0', role: 'leaf', listen: [], files: 0, bytes: 0 };
const WELCOME: Welcome = {
  ...{ type: 'welcome', version: '1.0', accepted: true, session: 'a', epoch: 'b', seen: '10.0.0.1:1', others: [] },
  ...{ holding: { files: 0, digest: '' }, children: 1, capacity: 150, uptimeSeconds: 5, alone: false },
};
let clock: VirtualClock;
let network: VirtualNetwork;
let deps: SessionDeps;
let client: VirtualPeer;
let strikes: string[];
/** The links that the server was given. */
let incoming: SessionLink[];

beforeEach(async () => {
  clock = new VirtualClock();
  network = new VirtualNetwork({ clock, random: new SeededRandom(1) });
  strikes = [];
  incoming = [];
  deps = {
    clock,
    logger: new MemoryLogger(),
    settings: () => DEFAULT_SETTINGS,
    contact: new LastContact(clock),
    strike: (_, why) => strikes.push(why),
  };
  client = network.join('10.0.0.1', '1'.padStart(64, '0') as NodeId);
  const server = network.join('10.0.0.2', '2'.padStart(64, '0') as NodeId);
  await server.links.listen(
    { host: '10.0.0.2', port: 1214 },
    {
      request: async () => ({ status: 404 }),
      session: (link) => incoming.push(link),
      accepts: () => true,
      misbehaved: () => undefined,
    },
  );
});

const TARGET = { address: { host: '10.0.0.2', port: 1214 } };
const greeting = () => ({ links: client.links, session: deps, seenAt: () => {} });

async function pair(): Promise<{
  session: Session;
  other: SessionLink;
  messages: SessionMessage[];
  ends: SessionEnd[];
}> {
  const opening = client.links.openSession(TARGET);
  await clock.advance(20);
  const session = new Session(await opening, deps, { isOpener: false });
  const messages: SessionMessage[] = [];
  const ends: SessionEnd[] = [];
  session.receive({ message: (message) => messages.push(message), ended: (end) => ends.push(end) });
  const other = incoming[0];
  if (!other) throw new Error('no session came in');
  return { session, other, messages, ends };
}

test('a silent link is pinged after 15 s and dead 10 s later', async () => {
  const { session, ends } = await pair();
  await clock.advance(10_000);
  network.cut('10.0.0.1', '10.0.0.2');
  await clock.advance(14_900);
  expect(ends).toEqual([]);
  await clock.advance(200);
  expect(session.isOpen).toBe(false);
  expect(ends).toMatchObject([{ code: 'silent', byUs: true }]);
  expect(clock.pendingTimers).toBe(0);
});

test('a link that answers its pings lives, and its round trip is known', async () => {
  const { session, ends } = await pair();
  await clock.advance(600_000);
  expect(ends).toEqual([]);
  expect(session.rttMs).toBe(2);
  session.close('stopping', 'enough');
});

test('a ping at once finds a dead link within 10 s', async () => {
  const { session, ends } = await pair();
  network.cut('10.0.0.1', '10.0.0.2');
  session.pingNow();
  session.pingNow();
  await clock.advance(10_100);
  expect(ends).toMatchObject([{ code: 'silent' }]);
});

test('messages that come while nobody reads wait in order for the next reader', async () => {
  const { session, other, messages } = await pair();
  session.receive(undefined);
  for (const freeSlots of [1, 2, 3]) other.send(JSON.stringify({ type: 'load', freeSlots }));
  await clock.advance(10);
  expect(messages).toEqual([]);
  session.receive({ message: (message) => messages.push(message), ended: () => undefined });
  expect(messages).toEqual([1, 2, 3].map((freeSlots) => ({ type: 'load', freeSlots })));
  session.close('stopping', 'enough');
});

test('more than 64 messages that nobody reads are a flood', async () => {
  const { session, other } = await pair();
  session.receive(undefined);
  for (let i = 0; i < 65; i++) other.send('{"type":"load"}');
  await clock.advance(10);
  expect(session.isOpen).toBe(false);
  expect(strikes).toEqual(['messages before the handshake']);
});

test('more text than a session may bring is a flood, though each message has its length and their number is allowed', async () => {
  const { session, other, messages } = await pair();
  const start = '{"type":"hits","id":"0123456789abcdef0123456789abcdef","hits":[],"more":false';
  const long = `${start}${' '.repeat(60_000)}}`;
  const fitting = Math.floor(CHILD_MESSAGES.textBurst / long.length);
  expect(fitting).toBeLessThan(CHILD_MESSAGES.burst);
  for (let i = 0; i < fitting; i++) other.send(long);
  await clock.advance(10);
  expect([messages.length, strikes]).toEqual([fitting, []]);
  other.send(long);
  await clock.advance(10);
  expect([session.isOpen, strikes]).toEqual([false, ['too much at once']]);
});

test('pings count as messages: more than may come are a flood', async () => {
  const { session, other } = await pair();
  for (let i = 0; i < CHILD_MESSAGES.burst; i++) void other.ping();
  await clock.advance(10);
  expect(session.isOpen).toBe(true);
  for (let i = 0; i < 2; i++) void other.ping();
  await clock.advance(10);
  expect([session.isOpen, strikes]).toEqual([false, ['too many messages']]);
});

test('a bye of the other side is the reason of the end, told once', async () => {
  const { session, other, ends } = await pair();
  other.send(JSON.stringify({ type: 'bye', code: 'full', why: 'no place' }));
  other.send(JSON.stringify({ type: 'bye', code: 'idle', why: 'again' }));
  await clock.advance(10);
  expect(ends).toEqual([{ code: 'full', why: 'no place', byUs: false }]);
  expect(session.send(HELLO)).toBe(false);
});

test('who opens a session to another major learns which side is old', async () => {
  const opening = openSession(greeting(), TARGET, HELLO);
  const outcome = expect(opening).rejects.toMatchObject({
    code: 'peer.version',
    params: { theirs: '2.3', ours: PROTOCOL_VERSION, older: 'local' },
  });
  await clock.advance(20);
  incoming[0]?.send(JSON.stringify({ type: 'bye', code: 'version', why: 'another major version', version: '2.3' }));
  await clock.advance(10);
  await outcome;
});

test('a handshake without an answer fails after the time for a request, and nothing stays open', async () => {
  const opening = openSession(greeting(), TARGET, HELLO);
  const outcome = expect(opening).rejects.toMatchObject({ code: 'peer.timeout' });
  await clock.advance(11_000);
  await outcome;
  await clock.advance(30_000);
  expect(clock.pendingTimers).toBe(0);
});

test('a handshake that is no longer wanted ends with the reason of the signal', async () => {
  const stop = new AbortController();
  const opening = openSession(greeting(), TARGET, HELLO, stop.signal);
  const outcome = expect(opening).rejects.toThrow('enough');
  await clock.advance(20);
  stop.abort(new Error('enough'));
  await clock.advance(10);
  await outcome;
  expect(clock.pendingTimers).toBe(0);
});

test('bytes are counted once, from the beginning, into whatever they are counted for', async () => {
  const { session, other } = await pair();
  other.send(JSON.stringify(HELLO));
  session.send({ type: 'load', freeSlots: 1 });
  await clock.advance(100);
  const total = new ByteCount();
  session.countInto(total);
  const first = { up: JSON.stringify({ type: 'load', freeSlots: 1 }).length, down: JSON.stringify(HELLO).length };
  expect(total).toEqual(first);
  session.send({ type: 'load', freeSlots: 1 });
  expect(total).toEqual({ ...first, up: 2 * first.up });
  session.close('idle', 'done');
  await clock.advance(100);
  // The goodbye as well; nothing of a session that is over.
  const atEnd = total.up;
  expect(atEnd).toBeGreaterThan(2 * first.up);
  expect(session.send({ type: 'load', freeSlots: 1 })).toBe(false);
  expect(total.up).toBe(atEnd);
});

/** A handshake that was answered, for somebody who goes on for long; the session is over. */
async function pastSession(signal: AbortSignal): Promise<WeakRef<Session>> {
  const opening = openSession(greeting(), TARGET, HELLO, signal);
  await clock.advance(20);
  const link = incoming.pop();
  link?.receive(
    () => link.send(JSON.stringify(WELCOME)),
    () => undefined,
  );
  await clock.advance(20);
  const { session } = await opening;
  session.close('stopping', 'over');
  await clock.advance(20);
  return new WeakRef(session);
}

test('a session that is over is forgotten, though whoever opened it goes on', async () => {
  const running = new AbortController();
  const past: WeakRef<Session>[] = [];
  for (let i = 0; i < 20; i++) past.push(await pastSession(running.signal));
  await collectGarbage();
  // The last one may still be in a register or a stack slot.
  expect(past.filter((ref) => ref.deref() !== undefined).length).toBeLessThan(5);
});
