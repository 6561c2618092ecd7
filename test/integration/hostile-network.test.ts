import { randomBytes } from 'node:crypto';
import { readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../src-main/contract/address.ts';
import { DEFAULT_SETTINGS } from '../../src-main/contract/settings.ts';
import { HostilePeer } from '../support/hostile-peer.ts';
import { LivePeer, until } from '../support/live-peer.ts';
import { memoryOf } from '../support/memory-of.ts';
import { RawClient } from '../support/raw-peer.ts';
import { seededBytes } from '../support/sha256.ts';

/** What strangers may try on a supernode, a real process here: each attempt is refused with a reason and counted, and it stays up. */

const MIB = 2 ** 20;
/** Far below what any of the attempts would cost if it were not bounded; the thread of the index has 64 MiB for new objects. */
const MORE_MEMORY_MIB = 128;

const startSupernode = async (...words: readonly string[]) =>
  (await LivePeer.make()).start('--supernode', 'always', ...words);

function addressOf({ listen }: LivePeer) {
  const address = parseAddress(listen);
  if (!address) throw new Error(`no address: ${listen}`);
  return address;
}

/** Lines of the log that count a misdeed of `who`. */
const strikesOf = (peer: LivePeer, who: string) =>
  peer.process.err.split('\n').filter((line) => / (strike|peer banned) /.test(line) && line.includes(who));

async function expectAlive(supernode: LivePeer): Promise<void> {
  expect(await supernode.shoal('status')).toMatchObject([{ role: 'supernode' }]);
  expect(supernode.process.err).not.toMatch(/internal error|Error:/);
}

const hello = { type: 'hello', version: '1.0', role: 'leaf', listen: [], files: 0, bytes: 0 };

/** A text message of a client, with a mask of nothing (RFC 6455, section 5.2); of 126 bytes or less than 65,536. */
function maskedText(text: string): Uint8Array {
  const payload = Buffer.from(text);
  const head =
    payload.length < 126 ? [0x81, 0x80 + payload.length] : [0x81, 0xfe, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]);
}

describe('a supernode', () => {
  test.skipIf(process.platform !== 'linux')('outlives connections that are garbage, half-open or slow', async () => {
    // Else the log has the first twenty of each kind, and how many more there were.
    const supernode = await startSupernode('--set', 'log.level=debug');
    const leaf = await LivePeer.make({ 'reef.txt': 'a' });
    await leaf.start('--supernode', 'never', '--bootstrap', supernode.listen);
    const address = addressOf(supernode);
    const { tls, nodeId } = await HostilePeer.make(supernode.listen);
    const before = await memoryOf(supernode);
    const many = (make: () => Promise<RawClient>) => Promise.all(Array.from({ length: 50 }, make));
    const halfOpen = many(() => RawClient.tcp(address));
    const garbage = many(async () => {
      const client = await RawClient.tcp(address);
      // One in 256 would else begin like a handshake.
      client.socket.write(Buffer.concat([Buffer.of(0), randomBytes(2000)]));
      return client;
    });
    const encryptedGarbage = many(async () => {
      const client = await RawClient.tls(address, tls);
      client.socket.write(randomBytes(2000));
      return client;
    });
    const slow = many(async () => {
      const client = await RawClient.tls(address);
      client.socket.write('GET /about HTTP/1.1\r\nHost: ');
      const drip = setInterval(() => client.socket.write('x'), 500);
      void client.closed.then(() => clearInterval(drip));
      return client;
    });
    await until('the file to be found meanwhile', async () => {
      const lines = await leaf.shoal('search', 'reef');
      return lines.some(({ event }) => event === 'hit');
    });
    const clients = (await Promise.all([halfOpen, garbage, encryptedGarbage, slow])).flat();
    const answers = await Promise.all(clients.map(({ closed }) => closed));
    expect(answers.some((text) => text.startsWith('HTTP/1.1 408 '))).toBe(true);
    for (const why of ['a handshake that takes too long', 'a failed handshake', 'ERR_HTTP_REQUEST_TIMEOUT']) {
      // On a busy machine one or two that are read too late end by the deadline of the handshake.
      await until(`50 of "${why}"`, () => strikesOf(supernode, why).length >= 48);
      expect(strikesOf(supernode, why).length, why).toBeLessThanOrEqual(52);
    }
    // Who has a key is banned soon and not heard any more.
    expect(strikesOf(supernode, nodeId)).toHaveLength(DEFAULT_SETTINGS['trust.strikes']);
    expect(strikesOf(supernode, nodeId).at(-1)).toContain('peer banned');
    await expectAlive(supernode);
    expect((await memoryOf(supernode)) - before).toBeLessThan(MORE_MEMORY_MIB);
  });

  test('ends the session and the upload of a peer that is banned meanwhile, and hears nothing on what stays open', async () => {
    const peer = await LivePeer.make({ 'reef.bin': seededBytes(4 * MIB, 1) });
    const supernode = await peer.start('--supernode', 'always', '--set', 'upload.rate=64KiB');
    await supernode.untilShared(1);
    const [file] = await supernode.shoal('share', 'files');
    const stranger = await HostilePeer.make(supernode.listen);
    const { tls } = stranger;
    const address = addressOf(supernode);
    const session = await stranger.join();
    const open = () => RawClient.tls(address, tls);
    const [loading, idle, upgraded] = await Promise.all([open(), open(), open()]);
    const ask = (path: string) => `GET ${path} HTTP/1.1\r\nHost: reef\r\n\r\n`;
    loading.socket.write(ask(`/content/${file?.hash}`));
    await until('the upload to begin', () => loading.text.length > 1000);
    for (let misdeed = 0; misdeed < DEFAULT_SETTINGS['trust.strikes']; misdeed++) {
      const garbage = await RawClient.tls(address, tls);
      garbage.socket.write(randomBytes(2000));
      await garbage.closed;
    }
    expect(await session.closed).toEqual([1000, 'not wanted here']);
    expect(await session.heard('bye')).toMatchObject({ code: 'banned' });
    expect(await loading.closed).toMatch(/^HTTP\/1.1 200 /);
    expect(loading.text.length).toBeLessThan(4 * MIB);
    idle.socket.write(ask('/about'));
    await until('an answer', () => idle.text.length > 0);
    expect(idle.text).toMatch(/^HTTP\/1.1 403 /);
    // Nor is a connection that was let in before a way to a new session: it is a child no more.
    const upgrade = [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${btoa('0123456789abcdef')}`,
    ];
    upgraded.socket.write(`GET /session HTTP/1.1\r\nHost: reef\r\n${upgrade.join('\r\n')}\r\n\r\n`);
    await until('the session', () => upgraded.text.includes('\r\n\r\n'));
    upgraded.socket.write(maskedText(JSON.stringify(hello)));
    expect(await upgraded.closed).toContain('"code":"banned"');
    expect(upgraded.text).not.toContain('"accepted":true');
    expect(await supernode.shoal('status')).toMatchObject([{ children: 0 }]);
    idle.socket.destroy();
    await expectAlive(supernode);
  });

  test('tells twenty misdeeds of a kind in a minute, and how many more there were', async () => {
    const supernode = await startSupernode();
    const address = addressOf(supernode);
    const garbage = Array.from({ length: 60 }, async () => {
      const client = await RawClient.tcp(address);
      client.socket.write(Buffer.concat([Buffer.of(0), randomBytes(2000)]));
      await client.closed;
    });
    await Promise.all(garbage);
    await supernode.stop();
    // On a busy machine some of them end as another kind, such as a connection that was reset.
    const kinds = Map.groupBy(strikesOf(supernode, 'a failed handshake'), (line) => /why="([^"]+)"/.exec(line)?.[1]);
    const told = [...kinds.values()].map(({ length }) => length);
    expect(Math.max(...told)).toBe(20);
    const sums = supernode.process.err.split('\n').filter((line) => line.includes('more of the same'));
    const more = sums.map((line) => Number(/event=strike why="a failed handshake: \w+" times=(\d+)$/.exec(line)?.[1]));
    const counted = [...told, ...more].reduce((sum, times) => sum + times);
    // One that a busy machine read too late ended by the deadline, which is no misdeed.
    expect(counted).toBeGreaterThanOrEqual(58);
    expect(counted).toBeLessThanOrEqual(60);
  });

  test('ends a session with a reason at every message that is not as it should be', async () => {
    const supernode = await startSupernode();
    const openers: readonly (readonly [string, string | Uint8Array | object])[] = [
      ['bytes', Uint8Array.of(1, 2, 3)],
      ['no JSON', '{"type":"hello"'],
      ['no object', '[]'],
      ['deep nesting', '['.repeat(50_000)],
      ['an endless string', `{"type":"hello","name":"${'x'.repeat(150_000)}`],
      ['more than a message', 'x'.repeat(300_000)],
      ['another beginning', { type: 'query', id: 'ab'.repeat(16), words: 'x', limit: 1 }],
      ['a role that there is not', { ...hello, role: 'king' }],
      ['a number that is none', { ...hello, files: 1e300 }],
      ['a long name', { ...hello, name: 'x'.repeat(1000) }],
      ['too many addresses', { ...hello, listen: Array(1000).fill({ host: '127.0.0.1', port: 1 }) }],
      ['a port that there is not', { ...hello, listen: [{ host: '127.0.0.1', port: 70_000 }] }],
      ['a prototype', '{"type":"hello","__proto__":{"version":"1.0"},"constructor":{}}'],
    ];
    for (const [what, message] of openers) {
      const peer = await HostilePeer.make(supernode.listen);
      const session = await peer.openSession();
      session.send(message as string);
      const [code, why] = await session.closed;
      expect([what, code]).toEqual([what, expect.toSatisfy((given) => [1002, 1003, 1009].includes(given))]);
      // The code says it all of a message that is too long to be read.
      if (code !== 1009) expect(why, what).not.toBe('');
      await until(`a strike for ${what}`, () => strikesOf(supernode, peer.nodeId).length === 1);
    }
    const children: readonly (readonly [string, object])[] = [
      ['another hello', hello],
      ['hits', { type: 'hits', id: 'ab'.repeat(16), hits: [], more: false }],
      ['a query of nothing', { type: 'query', id: 'ab'.repeat(16), words: '', limit: 1 }],
      ['a query for too much', { type: 'query', id: 'ab'.repeat(16), words: 'x', limit: 1e9 }],
      ['a long query', { type: 'query', id: 'ab'.repeat(16), words: 'x'.repeat(10_000), limit: 1 }],
    ];
    for (const [what, message] of children) {
      const peer = await HostilePeer.make(supernode.listen);
      const session = await peer.join();
      session.send(message as never);
      const [code, why] = await session.closed;
      expect([what, code]).toEqual([what, 1002]);
      expect(why, what).not.toBe('');
      await until(`a strike for ${what}`, () => strikesOf(supernode, peer.nodeId).length === 1);
    }
    const flooder = await HostilePeer.make(supernode.listen);
    const flood = await flooder.join();
    for (let i = 0; i < 1000; i++) flood.send({ type: 'load' });
    expect((await flood.closed)[1]).toBe('too many messages');
    await expectAlive(supernode);
  });

  test('unpacks and reads no more of an upload than it may hold', async () => {
    const supernode = await startSupernode();
    const file = (attributes: string) =>
      `<files><file hash="${'ab'.repeat(32)}" size="3" type="other" ${attributes}/></files>`;
    const entities = Array.from({ length: 30 }, (_, i) => `<!ENTITY e${i + 1} "&e${i};&e${i};">`).join('');
    const bodies: readonly (readonly [string, Uint8Array])[] = [
      ['a gzip bomb', gzipSync(new Uint8Array(900 * MIB))],
      ['a gzip bomb of entries', gzipSync(`<files>${file('name="a"').repeat(200_000)}</files>`)],
      ['no gzip', randomBytes(1000)],
      ['half a gzip', gzipSync(file('name="a"')).subarray(0, 60)],
      ['an XML bomb', gzipSync(`<!DOCTYPE files [<!ENTITY e0 "x">${entities}]>${file('name="&e30;"')}`)],
      [
        'a file of this machine',
        gzipSync(`<!DOCTYPE files [<!ENTITY f SYSTEM "file:///etc/passwd">]>${file('name="&f;"')}`),
      ],
      ['elements without end', gzipSync('<files>'.repeat(100_000))],
      ['entries without end', gzipSync(`<files>${'<file />'.repeat(400_000)}</files>`)],
      ['attributes without end', gzipSync(file(Array.from({ length: 100_000 }, (_, i) => `a${i}="1"`).join(' ')))],
      ['a name without end', gzipSync(file(`name="${'x'.repeat(MIB)}"`))],
      ['a size that is none', gzipSync(file('name="a"').replace('"3"', '"-3"'))],
      ['a hash that is none', gzipSync(file('name="a"').replaceAll('ab', '..'))],
    ];
    const before = await memoryOf(supernode);
    for (const [what, body] of bodies) {
      const peer = await HostilePeer.make(supernode.listen);
      const { id } = await peer.join();
      const headers = { 'content-type': 'application/xml', 'content-encoding': 'gzip' };
      const answer = await peer.ask(`/children/self/files?session=${id}&sequence=1`, { method: 'POST', headers, body });
      expect([what, answer.status]).toEqual([what, 400]);
      expect(JSON.parse(String(answer.body)), what).toMatchObject({ ok: false, error: { code: 'peer.refused' } });
      await until(`a strike for ${what}`, () => strikesOf(supernode, peer.nodeId).length === 1);
    }
    await expectAlive(supernode);
    expect((await memoryOf(supernode)) - before).toBeLessThan(MORE_MEMORY_MIB);
  });

  test('is not the peer of another key: nobody speaks to it then', async () => {
    const supernode = await startSupernode();
    const { nodeId } = await HostilePeer.make(supernode.listen);
    const deceived = `shoal://${nodeId}@${supernode.listen}`;
    const leaf = await LivePeer.make();
    await leaf.start('--supernode', 'never', '--bootstrap', deceived, '--set', 'log.level=debug');
    await until('the refusal', () => leaf.process.err.includes(`its key is ${supernode.node}`));
    await leaf.shoal('get', `magnet:?xt=urn:tree:sha256:${'cd'.repeat(32)}&xs=${encodeURIComponent(deceived)}`);
    const { sources } = await leaf.untilDownload('the refusal', (download) => download.sources[0]?.reason !== null);
    expect(sources).toMatchObject([{ node: nodeId, state: 'unreachable', reason: 'peer.wrong-identity' }]);
    expect(await leaf.shoal('status')).toMatchObject([{ parent: null }]);
  });
});

describe('names and paths', () => {
  test('lead nowhere outside the shared folders', async () => {
    const peer = await LivePeer.make({ 'reef.txt': 'a', '.hidden.txt': 'hidden' });
    await symlink('/etc/passwd', join(peer.shared, 'passwd'));
    await writeFile(join(peer.downloads, '.hidden-too.txt'), 'hidden too');
    await peer.start('--supernode', 'always');
    await peer.untilShared(1);
    const [file] = await peer.shoal('share', 'files');
    const hash = String(file?.hash);
    const paths = [
      '/content/../data/identity-key.pem',
      '/content/%2e%2e/data/identity-key.pem',
      '/content/..%2f..%2fetc%2fpasswd',
      '/content//etc/passwd',
      `/content/${hash}/../../data/shoal.db`,
      `/content/${hash}/%2e%2e/%2e%2e/data/shoal.db`,
      `/content/${hash}\\..\\..`,
      `/content/${hash}%00`,
      `/content/${hash}/.hidden.txt`,
      `/content/${hash.replace(/..$/, '%00')}`,
      '/content/.hidden.txt',
      '/content/reef.txt',
      '/etc/passwd',
      '/../../../../etc/passwd',
      'http://127.0.0.1/content/../etc/passwd',
      'file:///etc/passwd',
      '*',
    ];
    for (const path of paths) {
      const client = await RawClient.tls(addressOf(peer));
      client.socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
      const text = await client.closed;
      expect([path, Number(text.slice(9, 12))]).toEqual([
        path,
        expect.toSatisfy((status) => [400, 403, 404].includes(status)),
      ]);
      expect(text.split('\r\n\r\n')[1], path).toMatch(/^\{"ok":false,"error":\{"code":/);
    }
    for (const raw of [
      'GET /content/\0 HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET /content/\x1b[2J HTTP/1.1\r\nHost: x\r\n\r\n',
    ]) {
      const client = await RawClient.tls(addressOf(peer));
      client.socket.write(raw);
      expect(await client.closed).toMatch(/^HTTP\/1\.1 400 /);
    }
    const stranger = await HostilePeer.make(peer.listen);
    const { status, body } = await stranger.ask('/shares');
    expect([status, String(body).match(/name="[^"]*"/g)]).toEqual([200, ['name="reef.txt"']]);
  });

  test('of downloads stay in the download folder, whatever a link says', async () => {
    const source = await LivePeer.make({ 'reef.txt': seededBytes(3000, 9) });
    await source.start('--supernode', 'never');
    await source.untilShared(1);
    const [file] = await source.shoal('share', 'files');
    const peer = await (await LivePeer.make()).start('--supernode', 'never');
    const evil = [
      '../../evil.txt',
      '/etc/evil',
      'a/../../b',
      '..',
      '.hidden',
      'nul\0byte',
      'line\nbreak',
      '\u202etxt.exe',
      'C:\\evil',
      'CON',
      ' ',
      'x'.repeat(255),
    ];
    for (const name of evil) {
      const link = `magnet:?xt=urn:tree:sha256:${file?.hash}&dn=${encodeURIComponent(name)}&xs=${encodeURIComponent(source.invitation)}`;
      const lines = await peer.shoal('get', link, '--wait');
      const path = String(lines.at(-1)?.path);
      expect(path.startsWith(`${peer.downloads}/`), name).toBe(true);
      expect(path.slice(peer.downloads.length + 1), name).not.toMatch(/[/\\\p{Cc}\u202e]|^\./u);
    }
    const made = (await readdir(peer.downloads)).filter((name) => name !== '.shoal-parts');
    expect(made).toHaveLength(evil.length);
    expect(await readdir(join(peer.downloads, '..'))).toEqual(['data', 'downloads', 'shared']);
  });

  test('of a child that lead elsewhere are refused, and nobody is told of them', async () => {
    const supernode = await startSupernode();
    const leaf = await (await LivePeer.make()).start('--supernode', 'never', '--bootstrap', supernode.listen);
    await leaf.process.event('parent');
    const child = await HostilePeer.make(supernode.listen);
    const session = await child.join([{ host: '127.0.0.1', port: 9 }]);
    const upload = (names: readonly string[]) =>
      child.ask(`/children/self/files?session=${session.id}&sequence=1`, {
        method: 'POST',
        headers: { 'content-encoding': 'gzip' },
        body: gzipSync(
          `<files>${names.map((name, i) => `<file hash="${'ab'.repeat(31)}0${i}" size="3" type="other" name="${name}"/>`).join('')}</files>`,
        ),
      });
    const evil = ['../../reef.txt', '/etc/reef', '..', 'reef/../..'];
    for (const name of evil) expect((await upload(['fine reef.txt', name])).status, name).toBe(400);
    await until('the strikes', () => strikesOf(supernode, child.nodeId).length === evil.length);
    expect((await leaf.shoal('search', 'reef')).at(-1)).toMatchObject({ results: 0 });
    expect((await upload(['fine reef.txt'])).status).toBe(200);
    expect((await leaf.shoal('search', 'reef')).at(-1)).toMatchObject({ results: 1 });
  });
});
