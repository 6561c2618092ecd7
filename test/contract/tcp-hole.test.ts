import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Hole } from '../../src-main/engine/ports/index.ts';
import { type LinkWorld, RecordingHandler, tlsWorld } from '../support/link-world.ts';

/** A port on loopback that nobody listens at. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

describe('a hole over TCP', () => {
  let world: LinkWorld;
  let hole: Hole;
  /** When connections of this process began, ms. */
  const begun: number[] = [];
  const onSocket = (message: unknown) => {
    if ((message as { readonly socket: Socket }).socket) begun.push(performance.now());
  };

  beforeEach(async () => {
    world = tlsWorld();
    const [supernode, dialler] = [await world.peer(), await world.peer()];
    const handler = new RecordingHandler();
    handler.answer = async () => ({ status: 200, body: JSON.stringify({ seen: '127.0.0.1:40000' }) });
    const { address } = await supernode.links.listen({ host: supernode.host, port: 0 }, handler);
    hole = await dialler.links.openHole({ nodeId: supernode.nodeId, address });
    begun.length = 0;
    subscribe('net.client.socket', onSocket);
  });
  afterEach(async () => {
    unsubscribe('net.client.socket', onSocket);
    hole.close();
    await world.stop();
  });

  it('dials who refuses it four times, each time after a longer pause', { timeout: 15_000 }, async () => {
    const address = { host: '127.0.0.1', port: await closedPort() };
    await expect(hole.punch({ nodeId: 'a'.repeat(64) as never, address })).rejects.toMatchObject({
      code: 'peer.unreachable',
    });
    expect(begun).toHaveLength(4);
    const pauses = begun.slice(1).map((ms, at) => ms - (begun[at] ?? 0));
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect(pauses[0]).toBeGreaterThanOrEqual(95);
  });
});
