import { readFile, stat } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LivePeer, until } from '../../support/live-peer.ts';
import { readPrometheusText } from '../../support/prometheus-text.ts';

const WEB = ['--web', '127.0.0.1:0'];

const tokenOf = async ({ data }: LivePeer) => (await readFile(join(data, 'metrics-token'), 'utf8')).trim();
const urlOf = ({ web }: LivePeer) => new URL('/metrics', web);
const get = (url: URL, headers: Record<string, string> = {}) => fetch(url, { headers });

async function scrape(peer: LivePeer): Promise<ReadonlyMap<string, number>> {
  const answer = await get(urlOf(peer), { Authorization: `Bearer ${await tokenOf(peer)}` });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  return readPrometheusText(await answer.text());
}

/** `fetch` does not let a test choose the Host header. */
function statusWithHost(url: URL, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .once('error', reject)
      .end();
  });
}

describe('what is measured', () => {
  test('roles, children, what is shared and answered are seen as they change', async () => {
    const supernode = await (await LivePeer.make()).start('--supernode', 'always', ...WEB);
    const before = await scrape(supernode);
    expect(before.get('shoal_role{role="supernode"}')).toBe(1);
    expect(before.get('shoal_role{role="leaf"}')).toBe(0);
    expect(before.get('shoal_children')).toBe(0);
    expect(before.get('shoal_relay_bytes_total')).toBe(0);
    expect(before.get('shoal_relay_day_limit_bytes')).toBe(2 ** 31);
    expect(before.get('shoal_queries_answered_total')).toBe(0);
    expect(before.has('shoal_event_loop_delay_p99_seconds')).toBe(false);

    const leaf = await (await LivePeer.make({ 'reef.txt': 'parrotfish' })).start(
      ...['--supernode', 'never', '--bootstrap', supernode.invitation, ...WEB],
    );
    await until('the leaf has its parent', async () => (await scrape(leaf)).get('shoal_parent_connected') === 1);
    await until('its file is known', async () => (await scrape(supernode)).get('shoal_index_files') === 1);
    const answered = async () => (await scrape(supernode)).get('shoal_queries_answered_total');
    await until('the leaf has tested that it serves', async () => (await answered()) === 1);
    await leaf.client.command('search.start', { words: 'reef' });
    await until('it was asked', async () => (await answered()) === 2);

    const below = await scrape(leaf);
    expect(below.get('shoal_role{role="leaf"}')).toBe(1);
    expect(below.get('shoal_parent_round_trip_seconds')).toBeGreaterThan(0);
    expect(below.get('shoal_shared_files')).toBe(1);
    expect(below.get('shoal_shared_bytes')).toBe(10);

    const after = await scrape(supernode);
    expect(after.get('shoal_children')).toBe(1);
    expect(after.get('shoal_duty_bytes_total{direction="down"}')).toBeGreaterThan(0);
    expect(after.get('shoal_process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(after.get('shoal_process_resident_memory_bytes')).toBeGreaterThan(2 ** 20);

    // Two scrapes may come between two looks of Node's timer.
    const delay = await until('delays are measured', async () =>
      (await scrape(supernode)).get('shoal_event_loop_delay_max_seconds'),
    );
    expect(delay).toBeLessThan(60);

    await leaf.stop();
    await until('the child is gone', async () => (await scrape(supernode)).get('shoal_children') === 0);
  });
});

describe('who may read it', () => {
  test('whoever has the token, or a browser that may use the page; under an own name only', async () => {
    const peer = await (await LivePeer.make()).start(...WEB);
    const url = urlOf(peer);
    const Authorization = `Bearer ${await tokenOf(peer)}`;
    expect((await stat(join(peer.data, 'metrics-token'))).mode & 0o777).toBe(0o600);

    const denied = await get(url);
    expect(denied.status).toBe(401);
    expect(denied.headers.get('www-authenticate')).toBe('Bearer');
    expect(await denied.text()).toMatch(/^metrics need "Authorization: Bearer TOKEN": [^\n]+\n$/);
    for (const wrong of ['Bearer', 'Bearer ', `Bearer ${'0'.repeat(64)}`, Authorization.slice(0, -1), 'Basic eDp5']) {
      expect((await get(url, { Authorization: wrong })).status, wrong).toBe(401);
    }
    // The token of the page's address is for one browser, that of the control socket for commands.
    const control = (await readFile(join(peer.data, 'token'), 'utf8')).trim();
    for (const other of [new URL(peer.web).hash.replace('#token=', ''), control]) {
      expect((await get(url, { Authorization: `Bearer ${other}` })).status).toBe(401);
    }

    expect(await statusWithHost(url, { Authorization, Host: `evil.example:${url.port}` })).toBe(421);
    expect(await statusWithHost(url, { Authorization, Host: `localhost:${url.port}` })).toBe(200);
    expect((await fetch(url, { method: 'POST', headers: { Authorization } })).status).toBe(405);

    const { origin, hash } = new URL(peer.web);
    const exchange = (token: string) =>
      fetch(`${origin}/session`, { method: 'POST', headers: { Origin: origin }, body: JSON.stringify({ token }) });
    // It opens nothing but the metrics.
    expect((await exchange(await tokenOf(peer))).status).toBe(403);
    expect((await get(new URL(`/media/shared/${'0'.repeat(64)}`, origin), { Authorization })).status).toBe(403);

    const session = await exchange(hash.replace('#token=', ''));
    const Cookie = String(session.headers.get('set-cookie')).split(';')[0] ?? '';
    expect((await get(url, { Cookie })).status).toBe(200);
    expect((await get(url, { Cookie, 'Sec-Fetch-Site': 'cross-site' })).status).toBe(401);
  });
});
