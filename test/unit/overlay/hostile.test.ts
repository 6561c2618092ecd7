import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import type { SessionLink } from '../../../src-main/engine/ports/index.ts';
import { encodeFilesBatch } from '../../../src-main/engine/wire/files-batch.ts';
import type { Hello } from '../../../src-main/engine/wire/messages/hello.ts';
import { PROTOCOL_VERSION } from '../../../src-main/engine/wire/version.ts';
import type { VirtualPeer } from '../../../src-main/simulator/memory-network.ts';
import { file, OverlayWorld, type TestPeer } from '../../support/overlay-world.ts';

let world: OverlayWorld;
let supernode: TestPeer;
beforeEach(async () => {
  world = new OverlayWorld();
  supernode = await world.supernode('10.1.0.1');
  await world.clock.advance(10);
});
afterEach(() => world.stopAll());

const HELLO: Hello = {
  type: 'hello',
  version: '1.0',
  role: 'leaf',
  listen: [{ host: '9.9.9.9', port: 7 }],
  files: 0,
  bytes: 0,
};

/** A peer that says what the test makes it say, and keeps what it hears. */
class Stranger {
  readonly virtual: VirtualPeer;
  readonly heard: Record<string, unknown>[] = [];
  closed: string | undefined;
  link: SessionLink | undefined;

  constructor(number: number) {
    this.virtual = world.network.join(`10.66.0.${number}`, number.toString(16).padStart(64, 'f') as NodeId);
  }

  async open(): Promise<void> {
    const opening = this.virtual.links.openSession(supernode.target);
    await world.clock.advance(20);
    this.link = await opening;
    this.link.receive(
      (text) => text !== undefined && this.heard.push(JSON.parse(text)),
      (why) => {
        this.closed = why;
      },
    );
  }

  async say(...messages: readonly (object | string)[]): Promise<void> {
    for (const message of messages) this.link?.send(typeof message === 'string' ? message : JSON.stringify(message));
    await world.clock.advance(20);
  }

  async greet(more: Partial<Hello> = {}): Promise<Record<string, unknown>> {
    await this.open();
    await this.say({ ...HELLO, ...more });
    return this.heard.find(({ type }) => type === 'welcome') ?? {};
  }

  async upload(query: string, body: Uint8Array = batch(1)): Promise<number> {
    const asking = this.virtual.links.request(supernode.target, {
      method: 'POST',
      path: `/children/self/files?${query}`,
      body,
      maxBytes: 10_000,
      timeoutMs: 10_000,
    });
    await world.clock.advance(50);
    return (await asking).status;
  }

  get byes(): readonly unknown[] {
    return this.heard.filter(({ type }) => type === 'bye').map(({ code }) => code);
  }
}

const batch = (...numbers: readonly number[]): Uint8Array =>
  gzipSync(encodeFilesBatch({ added: numbers.map((number) => file(number)), removed: [] }));
const strikes = () => supernode.strikes.map(({ why }) => why);

test('a malformed hello is a strike, and the link is closed with a reason', async () => {
  const stranger = new Stranger(1);
  await stranger.open();
  await stranger.say({ ...HELLO, role: 'king' });
  expect(stranger.byes).toEqual(['protocol']);
  expect(stranger.closed).toContain('hello');
  expect(strikes()).toHaveLength(1);
});

test('another message than hello in the beginning is a strike', async () => {
  const stranger = new Stranger(1);
  await stranger.open();
  await stranger.say({ type: 'load', freeSlots: 1 });
  expect(stranger.byes).toEqual(['protocol']);
  expect(strikes()).toEqual(['no hello']);
});

test('who says nothing is closed after the deadline of the handshake, with a strike', async () => {
  const stranger = new Stranger(1);
  await stranger.open();
  await world.clock.advance(10_100);
  expect(stranger.closed).toBeDefined();
  expect(strikes()).toEqual(['no hello in time']);
});

test('another major gets one bye that names our version, and no strike', async () => {
  const stranger = new Stranger(1);
  await stranger.open();
  await stranger.say({ type: 'hello', version: '2.0', shape: 'unheard of' });
  expect(stranger.heard).toEqual([
    { type: 'bye', code: 'version', why: 'another major version', version: PROTOCOL_VERSION },
  ]);
  expect(strikes()).toEqual([]);
});

test('an unknown message of the same version is a strike, of a newer minor it is ignored', async () => {
  const same = new Stranger(1);
  await same.greet();
  await same.say({ type: 'dance' });
  expect(strikes()).toHaveLength(1);
  expect(same.closed).toBeUndefined();
  const newer = new Stranger(2);
  await newer.greet({ version: '1.7' });
  await newer.say({ type: 'dance' });
  expect(strikes()).toHaveLength(1);
});

test('a message longer than its kind may be closes the link', async () => {
  const stranger = new Stranger(1);
  await stranger.greet();
  await stranger.say(`{"type":"load","freeSlots":1,"pad":"${'x'.repeat(2000)}"}`);
  expect(stranger.byes).toEqual(['protocol']);
});

test('a flood of messages is cut off and counted once', async () => {
  const stranger = new Stranger(1);
  await stranger.greet();
  await stranger.say(...Array.from({ length: 500 }, () => ({ type: 'load', freeSlots: 1 })));
  expect(strikes()).toEqual(['too many messages']);
  expect(supernode.overlay.counts().children).toBe(0);
});

test.each(['welcome', 'hits', 'leaving'])('a child that sends %s is closed', async (type) => {
  const stranger = new Stranger(1);
  await stranger.greet();
  const bodies = {
    welcome: { version: '1.0', accepted: true, session: '', epoch: '', seen: '', children: 0, capacity: 0 },
    hits: { id: 'a'.repeat(32), hits: [], more: false },
    leaving: { successors: [] },
  };
  const body = bodies[type as keyof typeof bodies];
  await stranger.say({ type, ...body, holding: { files: 0, digest: '' }, uptimeSeconds: 0, alone: false, others: [] });
  expect(strikes()).toEqual([`${type} from a child`]);
  expect(supernode.overlay.counts().children).toBe(0);
});

test('uploads are taken only in the open session of that peer, in order', async () => {
  const child = new Stranger(1);
  const { session } = await child.greet();
  const other = new Stranger(2);
  await other.greet();
  expect(await child.upload('session=nonsense&sequence=1')).toBe(409);
  expect(await other.upload(`session=${session}&sequence=1`)).toBe(409);
  expect(await child.upload(`session=${session}&sequence=2`)).toBe(409);
  expect(await child.upload(`session=${session}&sequence=1`)).toBe(200);
  expect(await child.upload(`session=${session}&sequence=3`)).toBe(409);
  expect(await child.upload(`session=${session}&sequence=2`, batch(2))).toBe(200);
  expect(supernode.index.files.get(child.virtual.nodeId)).toBe(2);
  expect(supernode.index.files.has(other.virtual.nodeId)).toBe(false);
});

test('a batch that comes again because its answer was lost is answered and not applied twice', async () => {
  const child = new Stranger(1);
  const { session } = await child.greet();
  await child.upload(`session=${session}&sequence=1`);
  const { batches } = supernode.index;
  expect(await child.upload(`session=${session}&sequence=1`)).toBe(200);
  expect(supernode.index.batches).toBe(batches);
});

test('a malformed upload is a strike; one over the limit of files is refused and none', async () => {
  const child = new Stranger(1);
  const { session } = await child.greet();
  expect(await child.upload(`session=${session}&sequence=1`, new Uint8Array([1, 2, 3]))).toBe(400);
  expect(strikes()).toHaveLength(1);
  supernode.settings = { ...supernode.settings, 'supernode.child-files': 1 };
  expect(await child.upload(`session=${session}&sequence=1`, batch(1, 2))).toBe(413);
  expect(strikes()).toHaveLength(1);
});

test('an upload of more than 1 MiB is a strike', async () => {
  const child = new Stranger(1);
  const { session } = await child.greet();
  expect(await child.upload(`session=${session}&sequence=1`, new Uint8Array(2 ** 20 + 1))).toBe(400);
  expect(strikes()).toContain('an upload of more than 1 MiB');
});

test('a newer session of a peer replaces the older one, which is told', async () => {
  const older = new Stranger(1);
  await older.greet();
  const newer = new Stranger(1);
  expect((await newer.greet()).accepted).toBe(true);
  expect(older.byes).toEqual(['replaced']);
  expect(supernode.overlay.counts().children).toBe(1);
});

test('the host in a hello is not believed: a child is named at the IP of its own link', async () => {
  const child = new Stranger(1);
  await child.greet({ listen: [{ host: '8.8.8.8', port: 4321 }] });
  const source = supernode.overlay.network.sourceOf(child.virtual.nodeId);
  expect(source?.addresses).toEqual([{ host: '10.66.0.1', port: 4321 }]);
});

test('a supernode that cannot be reached at the IP of its link is linked but never named', async () => {
  const stranger = new Stranger(1);
  const welcome = await stranger.greet({ role: 'supernode', listen: [{ host: '10.66.0.1', port: 9 }], capacity: 10 });
  expect(welcome.accepted).toBe(true);
  await world.clock.advance(20_000);
  expect(supernode.overlay.counts().neighbours).toBe(1);
  expect(supernode.overlay.network.nameable(10, new Set())).toEqual([]);
});
