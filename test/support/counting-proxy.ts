import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { formatAddress, parseAddress } from '../../src-main/contract/address.ts';
import { queuedBytes } from './kernel-queues.ts';

/** Stands before a peer and counts what the peer sends: exact, and independent of what either side says of itself. */
export class CountingProxy {
  /** Where it listens: `host:port`. */
  readonly address: string;
  /** Bytes on the wire: content, and about 0.2 % of TLS records and heads. */
  sent = 0;
  /** When the peer sent something last, on the clock of `performance.now()`. */
  lastMs = Number.NaN;
  readonly #clients = new Set<Socket>();
  #waiting: (() => void)[] = [];

  private constructor(address: string) {
    this.address = address;
  }

  static async before(target: string): Promise<CountingProxy> {
    const to = parseAddress(target);
    if (!to) throw new Error(`no address: ${target}`);
    const open = new Set<Socket>();
    const server = createServer((client) => {
      const peer = createConnection(to);
      proxy.#clients.add(client);
      client.on('close', () => proxy.#clients.delete(client));
      for (const [from, other] of [[client, peer] as const, [peer, client] as const]) {
        open.add(from);
        from.pipe(other);
        // How a connection ends is passed on; why, the ends find out themselves.
        from
          .on('error', () => undefined)
          .on('close', () => {
            open.delete(from);
            other.destroy();
          });
      }
      peer.on('data', (bytes: Buffer) => proxy.#count(bytes.length));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { address, port } = server.address() as AddressInfo;
    const proxy = new CountingProxy(formatAddress({ host: address, port }));
    onTestFinished(() => {
      server.close();
      for (const socket of open) socket.destroy();
    });
    return proxy;
  }

  /** Resolves when the peer has sent so many bytes in all; gives when that was. */
  async reached(bytes: number): Promise<number> {
    while (this.sent < bytes) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.lastMs;
  }

  /** Of the bytes sent, those that the other side's program has not read: they lie here or in the buffers of the system. */
  async unread(): Promise<number> {
    const clients = [...this.#clients];
    const queued = await queuedBytes();
    return clients.reduce((sum, client) => sum + client.writableLength + queued(client), 0);
  }

  #count(bytes: number): void {
    this.sent += bytes;
    this.lastMs = performance.now();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resume of waiting) resume();
  }
}
