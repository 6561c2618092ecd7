import { beforeEach, describe, expect, it } from 'vitest';
import type { DownloadId } from '../../../src-main/contract/ids.ts';
import { parseWebUrl, type WebUrl } from '../../../src-main/contract/web-url.ts';
import { DownloadWorld, FOLDER, makeFile } from '../../support/download-world.ts';
import { pieces, WebMirror } from '../../support/web-mirror.ts';

const MIB = 2 ** 20;
const ADDRESS = '93.184.216.34';
const toUrl = (text: string): WebUrl => {
  const url = parseWebUrl(text);
  if (!url) throw new Error(`no URL: ${text}`);
  return url;
};
const URL_A = toUrl('http://mirror.example/pub/file.bin');
const file = makeFile(12 * MIB + 100_000);

let world: DownloadWorld;
let mirror: WebMirror;
beforeEach(async () => {
  world = await DownloadWorld.start();
  mirror = new WebMirror(file.bytes);
  world.web.names.set('mirror.example', [ADDRESS]);
  world.web.servers.set(`${ADDRESS}:80`, mirror.serve);
  world.web.servers.set(`${ADDRESS}:443`, mirror.serve);
});

/** One peer that is slow, so that there is a chunk layer and the web server has the rest to do. */
async function addWith(urls: readonly WebUrl[], more: object = {}): Promise<DownloadId> {
  const peer = await world.source(file, MIB);
  const sources = [peer.found, ...urls.map((url) => ({ url }))];
  return world.add(file, [], { sources, ...more });
}
const sourceOf = (id: DownloadId, url: WebUrl = URL_A) => world.view(id).sources.find(({ node }) => node === url);

describe('a web server as a source', () => {
  it('sends chunks beside peers, each of them checked, and is shown by its URL', async () => {
    const id = await addWith([URL_A]);
    await world.until(id, 'done');
    expect(Buffer.compare(await world.content(`${FOLDER}/file.bin`), file.bytes)).toBe(0);
    const source = sourceOf(id);
    expect(source).toMatchObject({ node: URL_A, address: URL_A });
    expect(source?.bytes).toBeGreaterThan(6 * MIB);
    expect(world.downloads.activeSources(file.hash)).toEqual([]);
  });

  it('is not asked when the user blocks its address', async () => {
    world.blockedHosts.add(ADDRESS);
    const id = await addWith([URL_A]);
    await world.until(id, 'done');
    expect(mirror.asked).toEqual([]);
    expect(sourceOf(id)).toMatchObject({ bytes: 0, reason: 'web.not-allowed' });
  });

  it('is left at once when the user blocks its address while it sends', async () => {
    const id = await addWith([URL_A]);
    await world.clock.runUntil(() => (sourceOf(id)?.bytes ?? 0) >= MIB, 60_000);
    world.blockedHosts.add(ADDRESS);
    world.applyRules();
    const bytes = sourceOf(id)?.bytes ?? 0;
    expect(sourceOf(id)).toMatchObject({ state: 'unreachable', reason: 'web.not-allowed' });
    // What was on its way to it.
    await world.clock.advance(50);
    const asked = mirror.asked.length;
    await world.until(id, 'done');
    // What was being checked just then may count.
    expect(sourceOf(id)?.bytes).toBeLessThanOrEqual(bytes + MIB);
    expect(mirror.asked).toHaveLength(asked);
  });

  it('is what a file is said to be from, without the query, unless the user minds', async () => {
    const wanted = toUrl(`${URL_A}?key=secret`);
    for (const [isTold, told] of [
      [true, URL_A],
      [false, undefined],
    ] as const) {
      world.set({ 'downloads.origin': isTold });
      const small = makeFile(300_000, isTold ? 9 : 10);
      mirror.bytes = small.bytes;
      const id = await world.add(small, [], { sources: [{ url: wanted }], size: undefined });
      await world.until(id, 'done');
      expect([...world.files.handedOver.values()].at(-1)).toBe(told);
    }
  });

  it('is enough for a file of one chunk', async () => {
    const small = makeFile(300_000, 9);
    mirror.bytes = small.bytes;
    const id = await world.add(small, [], { sources: [{ url: URL_A }], size: undefined });
    await world.until(id, 'done');
    expect(await world.content(`${FOLDER}/file.bin`)).toEqual(small.bytes);
  });

  it('sends whole chunks though it caps its ranges below one', async () => {
    mirror.mostBytes = 300_000;
    const id = await addWith([URL_A]);
    await world.until(id, 'done');
    expect(Buffer.compare(await world.content(`${FOLDER}/file.bin`), file.bytes)).toBe(0);
    expect(sourceOf(id)?.bytes).toBeGreaterThan(6 * MIB);
    expect(mirror.asked.length).toBeLessThan(2 * Math.ceil(file.bytes.length / mirror.mostBytes));
  });

  it('that sends a bad byte is named and banned, without a strike for anybody, also after a restart', async () => {
    mirror.bytes = file.bytes.map((byte, at) => (at % MIB === 17 ? byte ^ 1 : byte));
    const id = await addWith([URL_A]);
    await world.clock.runUntil(() => sourceOf(id)?.state === 'banned', 20_000);
    expect(sourceOf(id)).toMatchObject({ state: 'banned', reason: 'content.bad-bytes', bytes: 0 });
    await world.kill();
    expect(sourceOf(id)).toMatchObject({ state: 'banned', reason: 'content.bad-bytes' });
    await world.until(id, 'done');
    expect(Buffer.compare(await world.content(`${FOLDER}/file.bin`), file.bytes)).toBe(0);
    expect(world.strikes).toEqual([]);
  });

  it('is kept over a restart with what it sent and what the user wants of it', async () => {
    const id = await addWith([URL_A]);
    await world.clock.runUntil(() => (sourceOf(id)?.bytes ?? 0) > 0, 20_000);
    await world.downloads.useSource(id, URL_A, 'never');
    const { bytes } = sourceOf(id) ?? {};
    await world.kill();
    expect(sourceOf(id)).toMatchObject({ use: 'never', bytes });
    await world.until(id, 'done');
    expect(sourceOf(id)?.bytes).toBe(bytes);
  });

  it('that has another file there is not used', async () => {
    mirror.bytes = file.bytes.subarray(0, 5 * MIB);
    const id = await addWith([URL_A]);
    await world.until(id, 'done');
    expect(sourceOf(id)).toMatchObject({ state: 'unreachable', reason: 'content.changed', bytes: 0 });
  });

  it('is asked again when it said it would be free, and not before', async () => {
    let refused = 0;
    mirror.answer = () => {
      refused++;
      return { status: 503, headers: { 'retry-after': '5' } };
    };
    const id = await addWith([URL_A]);
    await world.clock.runUntil(() => sourceOf(id)?.state === 'queued', 5000);
    await world.clock.advance(4000);
    expect(refused).toBe(1);
    mirror.answer = () => undefined;
    await world.clock.advance(2000);
    expect(sourceOf(id)).toMatchObject({ state: 'active' });
  });

  it('gets no more connections than the setting says, over all downloads', async () => {
    const other = toUrl('http://mirror.example/again');
    const third = toUrl('http://mirror.example/third');
    world.set({ 'download.web-connections': 1 });
    const id = await addWith([URL_A, other, third]);
    const states = () => [URL_A, other, third].map((url) => sourceOf(id, url)?.state);
    await world.clock.runUntil(() => states().includes('active'), 5000);
    expect(states().filter((state) => state === 'queued')).toHaveLength(2);
    world.set({ 'download.web-connections': 0 });
    const unused = await world.add(makeFile(3 * MIB, 3), [], { sources: [{ url: URL_A }] });
    await world.clock.advance(1000);
    expect(sourceOf(unused)?.state).not.toBe('active');
  });
});

describe('a server that knows no ranges', () => {
  beforeEach(() => {
    mirror.hasRanges = false;
  });

  it('sends the file from its beginning, and others take over what it has not sent', async () => {
    const id = await addWith([URL_A]);
    await world.until(id, 'done');
    expect(sourceOf(id)?.bytes).toBeGreaterThan(3 * MIB);
    expect(Buffer.compare(await world.content(`${FOLDER}/file.bin`), file.bytes)).toBe(0);
  });

  it('sends once more what is here, after a stop, when no other source has the rest', async () => {
    const peer = await world.source(file);
    const isContent = (path: string) => path === `/content/${file.hash}`;
    peer.script.answer = ({ path }) => (isContent(path) ? { status: 410 } : undefined);
    const id = await world.add(file, [peer], { sources: [peer.found, { url: URL_A }] });
    await world.clock.runUntil(() => world.view(id).done > 3 * MIB, 60_000);
    await world.downloads.pause(id);
    await world.downloads.resume(id);
    await world.until(id, 'done');
    expect(Buffer.compare(await world.content(`${FOLDER}/file.bin`), file.bytes)).toBe(0);
    expect(sourceOf(id)?.bytes).toBe(file.bytes.length);
  });

  it('is asked once though another takes a part of it and refuses it, and somebody looks at what comes later', async () => {
    const peer = await world.source(file);
    const isContent = (path: string) => path === `/content/${file.hash}`;
    peer.script.answer = ({ path }) => (isContent(path) ? { status: 410 } : undefined);
    const id = await world.add(file, [peer], { sources: [peer.found, { url: URL_A }] });
    await world.clock.runUntil(() => world.view(id).done > 2 * MIB, 60_000);
    const preview = world.downloads.preview(id);
    const read = preview.read(new Uint8Array(1000), 10 * MIB, new AbortController().signal);
    await world.until(id, 'done');
    await read;
    await preview.close();
    expect(mirror.asked.filter((range) => range === undefined).length).toBe(1);
  });

  it('is told to be of no use when the beginning is here and another has the rest', async () => {
    world.set({ 'download.sources': 1 });
    const peer = await world.source(file, 4 * MIB);
    const id = await world.add(file, [peer]);
    await world.clock.runUntil(() => world.view(id).done > 9 * MIB, 20_000);
    world.set({ 'download.sources': 4 });
    world.downloads.addSource(id, { url: URL_A });
    await world.clock.runUntil(() => sourceOf(id)?.reason === 'web.no-ranges', 5000);
    await world.until(id, 'done');
  });
});

describe('what a list may not make this peer ask', () => {
  const local = (reason = 'web.local-address') => ({ state: 'unreachable', reason, bytes: 0 });
  async function outcome(url: string) {
    const id = await addWith([toUrl(url)]);
    await world.until(id, 'done');
    return sourceOf(id, toUrl(url));
  }

  it.each([
    'http://127.0.0.1/f',
    'http://127.1/f',
    'http://0x7f000001:8080/f',
    'http://[::1]/f',
    'http://[::ffff:10.0.0.1]/f',
    'http://[64:ff9b::c0a8:101]/f',
    'http://192.168.1.1/f',
    'http://100.64.1.1/f',
    'http://169.254.169.254/latest/meta-data/',
    'http://[fe80::1]/f',
    'http://[fd00::1]/f',
  ])('%s, without being asked for', async (url) => {
    expect(await outcome(url)).toMatchObject(local());
    expect(world.web.opened).toEqual([]);
  });

  it.each([
    ['http://224.0.0.1/f', 'a group'],
    ['http://0.0.0.0/f', 'any address of this machine'],
    ['http://mirror.example:25/f', 'a mail server'],
    ['http://mirror.example:6667/f', 'a chat server'],
  ])('%s, %s, ever', async (url) => {
    expect(await outcome(url)).toMatchObject(local('web.not-allowed'));
    expect(world.web.opened).toEqual([]);
  });

  it('a name that leads to a local address, beside a public one too', async () => {
    world.web.names.set('mirror.example', [ADDRESS, '10.0.0.7']);
    expect(await outcome(URL_A)).toMatchObject(local());
    expect(world.web.opened).toEqual([]);
  });

  it('the address that a name has later: it connects to the one that was checked', async () => {
    const id = await addWith([URL_A]);
    await world.clock.runUntil(() => (sourceOf(id)?.bytes ?? 0) > 0, 20_000);
    world.web.names.set('mirror.example', ['127.0.0.1']);
    await world.until(id, 'done');
    expect(new Set(world.web.opened)).toEqual(new Set([`${ADDRESS}:80`]));
  });

  it('a redirect to a local address, even of a host in the local network that is allowed', async () => {
    const lan = new WebMirror(file.bytes);
    world.web.servers.set('192.168.1.5:80', lan.serve);
    world.web.servers.set('127.0.0.1:80', mirror.serve);
    lan.answer = () => ({ status: 302, headers: { location: 'http://127.0.0.1/f' } });
    const url = toUrl('http://192.168.1.5/f');
    const peer = await world.source(file, MIB);
    const id = await world.add(file, [], { sources: [peer.found, { url, isLocalAllowed: true }] });
    await world.until(id, 'done');
    expect(sourceOf(id, url)).toMatchObject(local());
    expect(mirror.asked).toEqual([]);
    expect(lan.asked.length).toBeGreaterThan(0);
  });

  it('another service of a machine in the local network that is allowed', async () => {
    const lan = new WebMirror(file.bytes);
    const other = new WebMirror(file.bytes);
    world.web.servers.set('192.168.1.5:8080', lan.serve);
    world.web.servers.set('192.168.1.5:9100', other.serve);
    world.web.servers.set('192.168.1.5:443', mirror.serve);
    const url = toUrl('http://192.168.1.5:8080/f');
    const peer = await world.source(file, MIB);
    const add = () => world.add(file, [], { sources: [peer.found, { url, isLocalAllowed: true }] });
    lan.answer = () => ({ status: 302, headers: { location: 'http://192.168.1.5:9100/f' } });
    const id = await add();
    await world.until(id, 'done');
    expect(sourceOf(id, url)).toMatchObject(local());
    expect(other.asked).toEqual([]);
    await world.downloads.clear();
    lan.answer = () => ({ status: 302, headers: { location: 'https://192.168.1.5/f' } });
    const again = await add();
    await world.until(again, 'done');
    expect(sourceOf(again, url)?.bytes).toBeGreaterThan(0);
  });

  it('a redirect that goes round, leaves https, or leads nowhere', async () => {
    for (const location of [URL_A, 'ftp://mirror.example/f', 'http://user:word@mirror.example/', '']) {
      mirror.answer = () => ({ status: 301, headers: { location } });
      mirror.asked.length = 0;
      expect(await outcome('http://mirror.example/away')).toMatchObject(local('web.redirect'));
      expect(mirror.asked.length).toBeLessThanOrEqual(6 * 4);
      await world.downloads.clear();
    }
    mirror.answer = ({ url }) => (url.startsWith('https:') ? { status: 301, headers: { location: URL_A } } : undefined);
    expect(await outcome('https://mirror.example/file')).toMatchObject(local('web.redirect'));
  });

  it('is asked when the user allows it, now and after a restart', async () => {
    const url = toUrl('http://192.168.1.5/f');
    world.web.servers.set('192.168.1.5:80', mirror.serve);
    const id = await addWith([url]);
    await world.clock.runUntil(() => sourceOf(id, url)?.reason === 'web.local-address', 5000);
    await world.downloads.allowLocal(id, url);
    await world.clock.runUntil(() => sourceOf(id, url)?.state === 'active', 1000);
    await world.kill();
    await world.clock.runUntil(() => sourceOf(id, url)?.state === 'active', 10_000);
    await world.until(id, 'done');
  });

  it('is asked at once when a list or a link that the user allows names it again', async () => {
    world.set({ 'download.retry-min': 60_000 });
    const url = toUrl('http://192.168.1.5/f');
    world.web.servers.set('192.168.1.5:80', mirror.serve);
    const id = await addWith([url]);
    await world.clock.runUntil(() => sourceOf(id, url)?.reason === 'web.local-address', 5000);
    const again = { hash: file.hash, sources: [{ url, isLocalAllowed: true }] };
    await expect(world.downloads.add(again)).rejects.toMatchObject({ code: 'download.exists' });
    await world.clock.runUntil(() => sourceOf(id, url)?.state === 'active', 1000);
  });

  it('follows a redirect that it may follow', async () => {
    mirror.answer = ({ url }) =>
      url.endsWith('/old') ? { status: 302, headers: { location: '../pub/file.bin' } } : undefined;
    const url = toUrl('https://mirror.example/a/old');
    const id = await addWith([url]);
    await world.until(id, 'done');
    expect(sourceOf(id, url)?.bytes).toBeGreaterThan(0);
  });
});

describe('an answer that is not what was asked for', () => {
  const whole = () => ({ 'content-range': `bytes 0-0/${file.bytes.length}` });
  it.each([
    ['another range', () => ({ status: 206, headers: { 'content-range': `bytes 5-5/${file.bytes.length}` } })],
    [
      'more than was asked for',
      () => ({ status: 206, headers: { 'content-range': `bytes 0-9/${file.bytes.length}` } }),
    ],
    ['no size', () => ({ status: 206, headers: { 'content-range': 'bytes 0-0/*' } })],
    ['no range', () => ({ status: 206, headers: {} })],
    ['a coded body', () => ({ status: 206, headers: { ...whole(), 'content-encoding': 'gzip' } })],
    ['a length that differs', () => ({ status: 206, headers: { ...whole(), 'content-length': '7' } })],
    ['a body without end', () => ({ status: 206, headers: whole(), body: endless() })],
    ['a short body', () => ({ status: 206, headers: whole(), body: [] })],
  ])('%s', async (_, answer) => {
    mirror.answer = answer;
    const id = await addWith([URL_A]);
    await world.until(id, 'done');
    expect(sourceOf(id)).toMatchObject({ state: 'unreachable', reason: 'peer.protocol', bytes: 0 });
  });

  it('none at all is waited for no longer than the setting says', async () => {
    world.web.servers.set(`${ADDRESS}:80`, () => undefined);
    const id = await addWith([URL_A]);
    await world.until(id, 'done');
    expect(sourceOf(id)).toMatchObject({ state: 'unreachable', bytes: 0 });
  });

  it('a page in place of the file is another file', async () => {
    mirror.answer = () => ({ status: 200, headers: { 'content-length': '100' }, body: pieces(new Uint8Array(100)) });
    const id = await addWith([URL_A]);
    await world.until(id, 'done');
    expect(sourceOf(id)).toMatchObject({ reason: 'content.changed', bytes: 0 });
  });
});

function* endless(): Generator<Uint8Array> {
  for (;;) yield new Uint8Array(1000);
}
