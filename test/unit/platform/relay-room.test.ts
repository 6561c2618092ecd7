import { getEventListeners, once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import type { LinkHandler } from '../../../src-main/engine/ports/index.ts';
import { RelayRoom } from '../../../src-main/platform/links/relay-room.ts';

const TOKEN = 'a'.repeat(32);
const nodeOf = (number: number): NodeId => number.toString(16).padStart(64, '0') as NodeId;

test('a peer that comes again and again under one token leaves nothing behind', async () => {
  const over = new AbortController();
  const [one, other] = [nodeOf(1), nodeOf(2)];
  const pass = { other, signal: over.signal, admit: async () => undefined, ended: () => undefined };
  const handler = { relayed: () => pass } as unknown as LinkHandler;
  const remote = { nodeId: one, address: { host: '10.0.0.1', port: 1214 } };
  const room = new RelayRoom();
  for (let time = 0; time < 100; time++) {
    const socket = new PassThrough();
    const message = { url: `/relay/${TOKEN}` } as IncomingMessage;
    room.accept({ message, socket, head: Buffer.alloc(0) }, { remote, handler } as Parameters<RelayRoom['accept']>[1]);
    const closed = once(socket, 'close');
    socket.destroy();
    await closed;
  }
  expect(getEventListeners(over.signal, 'abort')).toHaveLength(0);
});
