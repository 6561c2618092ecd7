import { expect, test } from 'vitest';
import type { SettingKey } from '../../src-main/contract/settings.ts';
import type { UploadView } from '../../src-main/contract/transfer.ts';
import { askPeer } from '../support/ask-peer.ts';
import { LivePeer, until } from '../support/live-peer.ts';
import { seededBytes } from '../support/sha256.ts';

/** The line of a peer with one slot, looked at by those who stand in it and by `shoal uploads --json`. */
const MIB = 2 ** 20;
const SIZE = 48 * MIB;
const LARGE = { 'one.bin': seededBytes(SIZE, 51), 'two.bin': seededBytes(SIZE, 52) };
const SMALL = { 'small.bin': seededBytes(MIB / 2, 53) };
/** Slow enough that nobody is through before the test is, with a turn longer than it. */
const ONE_SLOT = ['upload.slots=1', `upload.rate=${MIB}`, 'upload.slot-turn=600000', 'upload.poll-min=300'];
const ALONE = ['--supernode', 'never'];

const startSource = async (...settings: readonly string[]): Promise<LivePeer> => {
  const source = await LivePeer.make({ ...LARGE, ...SMALL });
  await source.start(...ALONE, ...[...ONE_SLOT, ...settings].flatMap((setting) => ['--set', setting]));
  await source.untilShared(3);
  return source;
};
const newcomer = async (): Promise<LivePeer> => (await LivePeer.make()).start(...ALONE);

async function want(peer: LivePeer, source: LivePeer, name: keyof typeof LARGE | keyof typeof SMALL): Promise<string> {
  const { files } = await source.query('shares.files', {});
  const { hash, size } = files.find((file) => file.name === name) ?? {};
  const target = encodeURIComponent(source.invitation);
  await peer.shoal('get', `magnet:?xt=urn:tree:sha256:${hash}&dn=${name}&xl=${size}&xs=${target}`);
  return `/content/${hash}`;
}

const uploads = async (source: LivePeer) => (await source.shoal('uploads')) as unknown as readonly UploadView[];
const lineOf = async (source: LivePeer): Promise<(string | null)[]> =>
  (await uploads(source))
    .filter(({ state }) => state === 'queued')
    .sort((a, b) => Number(a.place) - Number(b.place))
    .map(({ node }) => node);
const whyOf = async (source: LivePeer, { node }: LivePeer): Promise<UploadView['why']> => {
  const upload = (await uploads(source)).find((one) => one.node === node);
  if (!upload) throw new Error(`${node} neither waits nor is sent anything`);
  return upload.why;
};
const untilLine = (source: LivePeer, ...nodes: readonly (LivePeer | null)[]) =>
  until(`a line of ${nodes.length}`, async () => {
    const line = await lineOf(source);
    return line.length === nodes.length && line.every((node, at) => node === (nodes[at]?.node ?? null));
  });
const set = (peer: LivePeer, key: SettingKey, value: string | number | boolean) =>
  peer.client.command('settings.set', { key, value });
const untilActive = (peer: LivePeer) => peer.untilDownload('it is sent', ({ done }) => done >= MIB);

test('a place outlives the crash of who keeps it and the restart of who has it', async () => {
  const source = await startSource();
  const [holder, first, second] = [await newcomer(), await newcomer(), await newcomer()];
  await want(holder, source, 'one.bin');
  await untilActive(holder);
  await want(first, source, 'one.bin');
  await untilLine(source, first);
  await want(second, source, 'one.bin');
  await untilLine(source, first, second);
  // Written down at most every two seconds.
  await until('both have waited a while', async () =>
    (await uploads(source)).filter(({ state }) => state === 'queued').every(({ why }) => why.waitedMs > 6000),
  );
  const { listen } = source;
  await source.kill();
  await source.start(...ALONE, '--listen', listen, ...ONE_SLOT.flatMap((setting) => ['--set', setting]));
  // Whoever asks anew has waited for nothing.
  for (const peer of [first, second]) expect((await whyOf(source, peer)).waitedMs).toBeGreaterThan(1500);
  // The owner of a place is away for a moment.
  const owner = (await lineOf(source))[0] === first.node ? first : second;
  const { waitedMs } = await whyOf(source, owner);
  await owner.kill();
  await owner.start(...ALONE);
  // Others who have a part of the file are sources as well, and may stand before it.
  const stateOf = (sources: readonly { readonly node: string; readonly state: string }[]) =>
    sources.find(({ node }) => node === source.node)?.state ?? '';
  await owner.untilDownload('an answer', ({ sources }) => /queued|active/.test(stateOf(sources)));
  expect((await whyOf(source, owner)).waitedMs).toBeGreaterThan(waitedMs);
});

test('small files pass by the line, and whoever has no name stands behind all who have one', async () => {
  const source = await startSource();
  const [holder, nosy, late] = [await newcomer(), await newcomer(), await newcomer()];
  const path = await want(holder, source, 'one.bin');
  await untilActive(holder);
  const anonymous = await askPeer(source.listen, path, { headers: { range: 'bytes=0-1048575' } });
  expect(anonymous.status).toBe(503);
  await untilLine(source, null);
  await want(late, source, 'one.bin');
  await untilLine(source, late, null);
  await want(nosy, source, 'small.bin');
  await nosy.untilDownload('the small file', ({ state }) => state === 'done');
  // It keeps its slot; between one request and the next nothing is under way.
  expect((await uploads(source)).find(({ node }) => node === holder.node)?.state).toMatch(/^(active|idle)$/);
});

test('one has a single slot while others wait, and two when nobody does', async () => {
  const source = await startSource('upload.slots=3');
  const [greedy, other, third] = [await newcomer(), await newcomer(), await newcomer()];
  await want(greedy, source, 'one.bin');
  await want(greedy, source, 'two.bin');
  const active = async (peer: LivePeer) =>
    (await uploads(source)).filter(({ node, state }) => node === peer.node && state === 'active').length;
  await until('two slots', async () => (await active(greedy)) === 2);
  await want(other, source, 'one.bin');
  await until('the third slot', async () => (await active(other)) === 1);
  await set(source, 'upload.slot-turn', 1000);
  await set(source, 'upload.slot-overrun', 0);
  await want(third, source, 'two.bin');
  await until('one each', async () => {
    const has = await Promise.all([greedy, other, third].map(active));
    return has.every((count) => count === 1);
  });
});
