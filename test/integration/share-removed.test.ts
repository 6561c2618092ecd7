import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { expect, test } from 'vitest';
import { parseAddress } from '../../src-main/contract/address.ts';
import { askPeer } from '../support/ask-peer.ts';
import { LivePeer } from '../support/live-peer.ts';
import { seededBytes } from '../support/sha256.ts';

/** More than the system keeps on the way between two sockets. */
const SIZE = 64 * 2 ** 20;

test('a folder that is shared no more is not sent on, not to who has begun with a file of it and not to who comes back', async () => {
  const peer = await (await LivePeer.make({ 'diary.bin': seededBytes(SIZE, 1) })).start();
  await peer.untilShared(1);
  const [file] = await peer.shoal('share', 'files');
  const path = `/content/${file?.hash}`;
  const asked = request({ ...parseAddress(peer.listen), path, agent: false, rejectUnauthorized: false });
  asked.on('error', () => undefined).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.on('error', () => undefined);
  await once(answer, 'readable');
  await peer.shoal('share', 'remove', peer.shared);
  expect((await askPeer(peer.listen, path)).status).toBe(410);
  let taken = 0;
  answer.on('data', (bytes: Buffer) => {
    taken += bytes.length;
  });
  await new Promise((resolve) => answer.once('close', resolve));
  expect([answer.statusCode, answer.complete]).toEqual([200, false]);
  expect(taken).toBeLessThan(SIZE / 2);
});
