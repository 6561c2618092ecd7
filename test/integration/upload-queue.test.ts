import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ContentHash } from '../../src-main/contract/ids.ts';
import type { Headers } from '../../src-main/engine/ports/index.ts';
import { type LinkPeer, type LinkWorld, tlsWorld } from '../support/link-world.ts';
import { seededBytes } from '../support/sha256.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { startUploadPeer, type UploadPeer } from '../support/upload-peer.ts';

const MIB = 2 ** 20;
const SIZE = 6 * MIB;
const RANGE = MIB;

let world: LinkWorld;
let server: UploadPeer;
beforeEach(async () => {
  world = tlsWorld();
  server = await startUploadPeer(world, await temporaryFolder());
});
afterEach(async () => {
  await server.stop();
  await world.stop();
});

type Told = { readonly atMs: number; readonly etaMs: number };
type Wait = { readonly told: readonly Told[]; readonly servedMs: number };

/** Asks for one range on a connection of its own: its bytes, or what a refusal says. */
async function ask(from: LinkPeer, hash: ContentHash, at: number): Promise<number | Headers> {
  const end = Math.min(at + RANGE, SIZE);
  const connection = await from.contentClient.connect({ address: server.address, nodeId: server.nodeId });
  const room = new Uint8Array(end - at);
  let filled = 0;
  const last = end === SIZE ? { headers: { 'X-Queue': 'last' } } : {};
  try {
    return await new Promise<number | Headers>((resolve, reject) => {
      connection.fetch(
        { hash, start: at, end, ...last },
        {
          head: (status, headers) => (status === 206 ? undefined : resolve(headers)),
          room: () => room.subarray(filled),
          filled: (count) => {
            filled += count;
          },
          end: () => resolve(filled),
          failed: reject,
        },
      );
    });
  } finally {
    connection.close();
  }
}

/** Fetches a file as it is told to, and remembers each wait. */
async function download(from: LinkPeer, hash: ContentHash): Promise<Wait[]> {
  const waits: Wait[] = [];
  let told: Told[] = [];
  for (let at = 0; at < SIZE; ) {
    const askedMs = performance.now();
    const answer = await ask(from, hash, at);
    if (typeof answer === 'number') {
      if (told.length > 0) waits.push({ told, servedMs: askedMs });
      told = [];
      at += answer;
      continue;
    }
    told.push({ atMs: performance.now(), etaMs: 1000 * Number(/eta=(\d+)/.exec(answer['x-queue'] ?? '')?.[1]) });
    await new Promise((resolve) => setTimeout(resolve, 1000 * Number(answer['retry-after'])));
  }
  return waits;
}

test('what those who wait are told over HTTP comes true', async () => {
  server.settings = {
    ...server.settings,
    ...{ 'upload.slots': 1, 'upload.slot-turn': 4000, 'upload.slot-overrun': 2000, 'upload.poll-min': 1000 },
    ...{ 'upload.slot-idle-busy': 1000, 'upload.rate-each': MIB },
  };
  const hash = await server.share('film.bin', seededBytes(SIZE, 3));
  const waits = await Promise.all(
    Array.from({ length: 4 }, async (_, at) => {
      const from = await world.peer();
      await new Promise((resolve) => setTimeout(resolve, 400 * at));
      return download(from, hash);
    }),
  );
  const cases = waits
    .flat()
    .flatMap(({ told, servedMs }) => told.slice(1).map(({ atMs, etaMs }) => ({ etaMs, tookMs: servedMs - atMs })));
  // An answer has whole seconds, and so have polls.
  const right = cases.filter(({ etaMs, tookMs }) => Math.abs(etaMs - tookMs) <= Math.max(0.2 * tookMs, 1000));
  console.log(
    `${right.length} of ${cases.length} estimates: ${cases.map(({ etaMs, tookMs }) => `${etaMs / 1000}/${(tookMs / 1000).toFixed(1)}`).join(' ')}`,
  );
  expect(cases.length).toBeGreaterThan(10);
  expect(right.length / cases.length).toBeGreaterThanOrEqual(0.8);
});
