import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { MAX_WAITING_BYTES, PageSocket } from '../../../src-main/headless/web/page-socket.ts';
import { MemoryLogger } from '../../../src-main/simulator/memory-logger.ts';
import { ScriptedEngine } from '../../support/scripted-engine.ts';

test('a page that does not read is cut off, and nothing is gathered for it any more', async () => {
  const api = new ScriptedEngine({ queries: {} });
  const logger = new MemoryLogger();
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket) => new PageSocket({ api, logger }, socket));
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const page = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(() => page.terminate());
  await once(page, 'open');
  page.send(JSON.stringify({ id: 1, kind: 'on', name: 'download.done' }));
  await expect.poll(() => api.listenerCount).toBe(1);
  page.pause();
  const path = 'n'.repeat(2 ** 20);
  const tell = (events: number) => {
    for (let i = 0; i < events; i++) api.emit('download.done', { id: '00000000' as never, path });
  };
  tell(Math.ceil(MAX_WAITING_BYTES / path.length) + 8);
  // Looked at with the next batch.
  await expect
    .poll(() => {
      tell(1);
      return api.listenerCount;
    })
    .toBe(0);
  expect(logger.lines.at(-1)?.event).toContain('does not read');
});
