import { request } from 'node:http';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { LivePeer } from '../../support/live-peer.ts';
import { runShoal, startPeer } from '../../support/peer-process.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { protocolsOf, toSession, type WebSession } from '../../support/web-session.ts';

/** A peer with a page; where it is, and the token of its printed address. */
async function startWithPage() {
  const data = await temporaryFolder();
  const peer = startPeer(data, '--web', '127.0.0.1:0', '--supernode', 'always');
  const ready = await peer.event('ready');
  const url = new URL(String(ready.web));
  return { peer, data, url, origin: url.origin, token: url.hash.replace('#token=', '') };
}

const exchange = (origin: string, token: string, headers: Record<string, string> = {}) =>
  fetch(`${origin}/session`, {
    method: 'POST',
    headers: { Origin: origin, 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ token }),
  });

async function signIn(origin: string, token: string): Promise<WebSession> {
  const answer = await exchange(origin, token);
  expect(answer.status).toBe(204);
  return toSession(answer);
}

/** The status with which an upgrade ends: 101 when the socket opened. */
function upgradeStatus(origin: string, headers: Record<string, string>, key?: string): Promise<number> {
  const protocols = key === undefined ? [] : protocolsOf({ key });
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/api`, protocols, { headers });
  onTestFinished(() => socket.terminate());
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(101));
    socket.once('unexpected-response', (_request, { statusCode }) => resolve(Number(statusCode)));
    socket.once('error', reject);
  });
}

/** `fetch` does not let a test choose the Host header. */
function getStatus(url: URL, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { headers: { Host: host }, path: '/' }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .once('error', reject)
      .end();
  });
}

class Page {
  readonly messages: Record<string, unknown>[] = [];
  readonly times: number[] = [];
  readonly #socket: WebSocket;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      this.messages.push(JSON.parse(String(data)));
      this.times.push(performance.now());
    });
  }

  static async open(origin: string, session: WebSession): Promise<Page> {
    const socket = new WebSocket(`${origin.replace('http', 'ws')}/api`, protocolsOf(session), {
      headers: { Origin: origin, Cookie: session.cookie },
    });
    onTestFinished(() => socket.terminate());
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    return new Page(socket);
  }

  send(message: unknown): void {
    this.#socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  async until(matches: (message: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.messages.find(matches);
      if (found) return found;
      await new Promise((resolve) => this.#socket.once('message', resolve));
    }
  }
}

describe('who may use the page', () => {
  test('a token is good for one browser, and "shoal web" prints another', async () => {
    const { data, origin, token } = await startWithPage();
    expect(await signIn(origin, token)).toEqual({
      cookie: expect.stringMatching(/^shoal-\d+=[0-9a-f]{64}$/),
      key: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect((await exchange(origin, token)).status).toBe(403);

    const again = await runShoal('web', '--json', '--data', data);
    const next = new URL(String(again.lines[0]?.web));
    expect(next.origin).toBe(origin);
    await signIn(origin, next.hash.replace('#token=', ''));
  });

  test('the cookie is out of reach of scripts and of other sites', async () => {
    const { origin, token } = await startWithPage();
    const cookie = (await exchange(origin, token)).headers.get('set-cookie');
    expect(cookie).toContain('HttpOnly');
    expect(cookie).toContain('SameSite=Strict');
  });

  test('a wrong token, a page of another origin and a foreign Host are refused', async () => {
    const { origin, token, url } = await startWithPage();
    expect((await exchange(origin, '0'.repeat(64))).status).toBe(403);
    expect((await exchange(origin, token, { Origin: 'http://evil.example' })).status).toBe(403);
    expect((await exchange(origin, token, { Origin: 'null' })).status).toBe(403);
    expect(await getStatus(url, `evil.example:${url.port}`)).toBe(421);
    expect(await getStatus(url, `127.0.0.1.evil.example:${url.port}`)).toBe(421);
    expect(await getStatus(url, `localhost:${url.port}`)).toBe(200);
    // None of that used the token up.
    await signIn(origin, token);
  });

  test('a WebSocket needs the cookie, the own origin and the own Host', async () => {
    const { origin, token, url } = await startWithPage();
    const { cookie, key } = await signIn(origin, token);
    const status = (headers: Record<string, string>) => upgradeStatus(origin, headers, key);
    expect(await status({ Origin: origin })).toBe(403);
    expect(await status({ Origin: origin, Cookie: `${cookie.slice(0, -1)}x` })).toBe(403);
    expect(await status({ Cookie: cookie })).toBe(403);
    expect(await status({ Cookie: cookie, Origin: 'http://evil.example' })).toBe(403);
    const foreign = `evil.example:${url.port}`;
    expect(await status({ Cookie: cookie, Origin: `http://${foreign}`, Host: foreign })).toBe(403);
    expect(await status({ Cookie: cookie, Origin: origin })).toBe(101);
  });

  test('a program on another port of the machine, which a browser sends the cookie, gets nowhere with it', async () => {
    const { origin, token } = await startWithPage();
    const { cookie } = await signIn(origin, token);
    const stolen = { Origin: origin, Cookie: cookie };
    expect(await upgradeStatus(origin, stolen)).toBe(403);
    expect(await upgradeStatus(origin, stolen, '0'.repeat(64))).toBe(403);
    expect((await fetch(`${origin}/session`, { headers: stolen })).status).toBe(403);
  });

  test('a browser that is not known is told so before it tries', async () => {
    const { origin, token } = await startWithPage();
    const denied = await fetch(`${origin}/session`);
    expect(denied.status).toBe(403);
    expect(await denied.json()).toMatchObject({ ok: false, error: { code: 'web.denied' } });
    const { cookie, key } = await signIn(origin, token);
    expect((await fetch(`${origin}/session`, { headers: { Cookie: cookie, 'Shoal-Key': key } })).status).toBe(204);
  });

  test('without --web there is no face, and "shoal web" says so', async () => {
    const peer = await (await LivePeer.make()).start();
    const { status, err } = await runShoal('web', '--data', peer.data);
    expect(status).toBe(1);
    expect(err).toContain('start the peer with --web');
  });

  test('a taken port ends the start with one clear line', async () => {
    const { url } = await startWithPage();
    const second = startPeer(await temporaryFolder(), '--web', url.host);
    expect(await second.status).toBe(1);
    expect(second.err.split('\n').filter((line) => line.startsWith('shoal:'))).toEqual([
      `shoal: ${url.host} is taken by another program: choose another --web`,
    ]);
  });
});

describe('what is served', () => {
  test('the page under a strict policy with a nonce of its own, and nothing outside its folder', async () => {
    const { origin } = await startWithPage();
    const [first, second] = [await fetch(`${origin}/`), await fetch(`${origin}/`)];
    const policy = String(first.headers.get('content-security-policy'));
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self' 'nonce-");
    expect(policy).not.toContain('unsafe');
    expect(policy).not.toBe(second.headers.get('content-security-policy'));
    expect(first.headers.get('x-content-type-options')).toBe('nosniff');
    for (const path of ['/../package.json', '/%2e%2e/%2e%2e/package.json', '/..%2fpackage.json', '/assets', '/none']) {
      expect((await fetch(`${origin}${path}`)).status, path).toBe(404);
    }
    expect((await fetch(`${origin}/`, { method: 'PUT', body: 'x' })).status).toBe(405);
  });

  test('off loopback only over TLS', async () => {
    const peer = startPeer(await temporaryFolder(), '--web', '0.0.0.0:0');
    const { web } = await peer.event('ready');
    expect(String(web)).toMatch(/^https:\/\/localhost:\d+\/#token=[0-9a-f]{64}$/);
    await expect(fetch(new URL('/', String(web).replace('https', 'http')))).rejects.toThrow();
  });
});

describe('the engine over a WebSocket', () => {
  test('requests are checked and answered, whatever they are', async () => {
    const { origin, token } = await startWithPage();
    const page = await Page.open(origin, await signIn(origin, token));
    page.send({ id: 1, kind: 'query', name: 'status', input: {} });
    expect(await page.until(({ id }) => id === 1)).toMatchObject({ ok: true, value: { role: 'supernode' } });
    const bad = [
      'not JSON',
      [],
      { id: 2, kind: 'query', name: 'constructor', input: {} },
      { id: 3, kind: 'command', name: 'share.add', input: { path: 5 } },
      { id: 4, kind: 'eval' },
      { id: -1, kind: 'query', name: 'status', input: {} },
    ];
    for (const message of bad) page.send(message);
    page.send({ id: 9, kind: 'query', name: 'status', input: {} });
    await page.until(({ id }) => id === 9);
    const refused = page.messages.filter(({ ok }) => ok === false);
    expect(refused).toHaveLength(bad.length);
    for (const answer of refused) expect(answer).toMatchObject({ error: { code: 'input.invalid' } });
    expect(refused.map(({ id }) => id)).toEqual(expect.arrayContaining([null, 2, 3, 4]));
  });

  test('events come once asked for, until they are not wanted', async () => {
    const { origin, token } = await startWithPage();
    const page = await Page.open(origin, await signIn(origin, token));
    page.send({ id: 1, kind: 'on', name: 'search.end' });
    page.send({ id: 2, kind: 'command', name: 'search.start', input: { words: 'nothing here' } });
    const { events } = await page.until((message) => 'events' in message);
    expect(events).toMatchObject([{ name: 'search.end', data: { results: 0 } }]);
    page.send({ id: 3, kind: 'off', name: 'search.end' });
    page.send({ id: 4, kind: 'on', name: 'search.wave' });
    page.send({ id: 5, kind: 'command', name: 'search.start', input: { words: 'nothing either' } });
    await page.until((message) => JSON.stringify(message).includes('"search.wave"'));
    expect(page.messages.filter((message) => JSON.stringify(message).includes('"search.end"'))).toHaveLength(1);
  });

  test('pages go away with the peer', async () => {
    const { peer, origin, token } = await startWithPage();
    await Page.open(origin, await signIn(origin, token));
    peer.process.kill('SIGTERM');
    expect(await peer.status).toBe(0);
  });
});

describe('files shown while they load', () => {
  test('ranges of a shared sound, for browsers that came with a token only', async () => {
    const sound = wave(300_000);
    const peer = await (await LivePeer.make({ 'sound.wav': sound })).start('--web', '127.0.0.1:0');
    await peer.untilShared(1);
    const { origin, hash: fragment } = new URL(peer.web);
    const [file] = (await peer.query('shares.files', {})).files;
    const url = `${origin}/media/shared/${file?.hash}`;
    expect((await fetch(url)).status).toBe(403);

    const { cookie } = await signIn(origin, fragment.replace('#token=', ''));
    const get = (headers: Record<string, string> = {}, at = url) =>
      fetch(at, { headers: { Cookie: cookie, ...headers } });
    const whole = await get();
    expect(Buffer.from(await whole.arrayBuffer()).equals(sound)).toBe(true);
    expect(whole.headers.get('content-type')).toBe('audio/wav');
    expect(whole.headers.get('content-security-policy')).toBe("sandbox; default-src 'none'");
    expect(whole.headers.get('x-content-type-options')).toBe('nosniff');

    const part = await get({ Range: 'bytes=1000-1999' });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes 1000-1999/${sound.byteLength}`);
    expect(Buffer.from(await part.arrayBuffer()).equals(sound.subarray(1000, 2000))).toBe(true);
    expect((await get({ Range: 'bytes=400000-' })).status).toBe(416);
    expect((await get({ 'Sec-Fetch-Site': 'same-site' })).status).toBe(403);
    expect((await get({}, `${origin}/media/shared/${'0'.repeat(64)}`)).status).toBe(404);
    expect((await get({}, `${origin}/media/download/../../etc/passwd`)).status).toBe(404);
  });

  test('a web page or a drawing is shown as its source, and a program not at all', async () => {
    const files = {
      'page.html': '<!doctype html><script>alert(1)</script>',
      'drawing.png': '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
      'song.mp3': Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01\0', 'latin1'), Buffer.alloc(100)]),
    };
    const peer = await (await LivePeer.make(files)).start('--web', '127.0.0.1:0');
    await peer.untilShared(3);
    const { origin, hash } = new URL(peer.web);
    const { cookie } = await signIn(origin, hash.replace('#token=', ''));
    const shown = async (name: string) => {
      const file = (await peer.query('shares.files', {})).files.find((one) => one.name === name);
      const answer = await fetch(`${origin}/media/shared/${file?.hash}`, { headers: { Cookie: cookie } });
      return [answer.status, answer.headers.get('content-type')];
    };
    expect(await shown('page.html')).toEqual([200, 'text/plain; charset=utf-8']);
    expect(await shown('drawing.png')).toEqual([200, 'text/plain; charset=utf-8']);
    expect(await shown('song.mp3')).toEqual([415, 'application/json; charset=utf-8']);
  });
});

/** A sound of silence, `bytes` long with its header. */
function wave(bytes: number): Buffer {
  const file = Buffer.alloc(bytes);
  file.write('RIFF', 0);
  file.writeUInt32LE(bytes - 8, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(8000, 24);
  file.writeUInt32LE(8000, 28);
  file.writeUInt16LE(1, 32);
  file.writeUInt16LE(8, 34);
  file.write('data', 36);
  file.writeUInt32LE(bytes - 44, 40);
  for (let at = 44; at < bytes; at++) file[at] = (at * 31) % 256;
  return file;
}
