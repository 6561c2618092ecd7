import { setTimeout as after } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { protocolsOf, toSession } from '../../support/web-session.ts';
import type { MortalPeer } from '../mortal-peer.ts';
import type { Deeds } from './deeds.ts';
import { WORDS } from './soak-files.ts';

const PAUSED_MS = 2000;
const EVENTS = [
  'download.progress',
  'download.done',
  'search.hit',
  'search.end',
  'library.progress',
  'opinion',
  'parent',
];
const VIEWS = [
  'status',
  'downloads',
  'uploads',
  'shares',
  'network',
  'traffic',
  'saved',
  'searches',
  'strikes',
  'supernodes',
  'settings',
] as const;
const CHANGES: readonly (readonly [string, readonly (string | number | boolean)[]])[] = [
  ['upload.slots', [1, 2, 0]],
  ['upload.rate', ['4MiB', '8MiB', 0]],
  ['download.running', [2, 5, 8]],
  ['download.rate', ['8MiB', 0]],
  ['download.sources', [2, 16]],
  ['votes.publish', [true, false]],
  ['limits.schedule', ['mon-sun 00:00-24:00 up=6MiB', '']],
  ['search.results', [50, 100]],
  ['page.theme', ['dark', 'light']],
];

export const FACE_DEEDS: Deeds = {
  'look at a page': {
    weight: 2,
    play: async (network) => visit(network.anyPeer, network.oneOf(WORDS), network.stayMs),
  },
  'ask for a view': {
    weight: 6,
    play: async (network) => {
      await network.anyPeer.client.query(network.oneOf(VIEWS), {});
    },
  },
  'change a setting': {
    weight: 3,
    play: async (network) => {
      const [key, values] = network.oneOf(CHANGES);
      await network.anyPeer.client.command('settings.set', { key, value: network.oneOf(values) });
    },
  },
  'pause all uploads': {
    weight: 0.5,
    play: async (network) => {
      const { client } = network.anyPeer;
      await client.command('settings.set', { key: 'upload.paused', value: true });
      await after(PAUSED_MS);
      await client.command('settings.set', { key: 'upload.paused', value: false });
    },
  },
  'block and unblock': {
    weight: 1,
    play: async (network) => {
      const { client } = network.anyPeer;
      const rule = `name:q${network.random.int(2 ** 32).toString(36)}`;
      await client.command('block.add', { rule });
      await client.command('block.remove', { rule });
    },
  },
};

/** A browser comes, follows what happens, searches, and goes without a word. */
async function visit(peer: MortalPeer, words: string, stayMs: number): Promise<void> {
  const { origin, hash } = new URL(await peer.client.webAddress());
  const headers = { Origin: origin, 'Content-Type': 'application/json', Connection: 'close' };
  const body = JSON.stringify({ token: hash.replace('#token=', '') });
  const answer = await fetch(`${origin}/session`, { method: 'POST', headers, body });
  const session = toSession(answer);
  const { cookie } = session;
  const page = await fetch(origin, { headers: { Cookie: cookie, Connection: 'close' } });
  await page.arrayBuffer();
  const socket = new WebSocket(`${origin.replace('http', 'ws')}/api`, protocolsOf(session), {
    headers: { Origin: origin, Cookie: cookie },
  });
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.once('open', resolve).once('close', resolve));
  const asks = [
    ...EVENTS.map((name) => ({ kind: 'on', name })),
    ...VIEWS.map((name) => ({ kind: 'query', name, input: {} })),
    { kind: 'command', name: 'search.start', input: { words } },
    { kind: 'nonsense' },
  ];
  for (const [id, ask] of asks.entries()) socket.send(JSON.stringify({ id, ...ask }), () => undefined);
  await after(stayMs);
  socket.terminate();
}
