import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import { formatAddress, parseAddress } from '../../src-main/contract/address.ts';

/** Stands before a peer and keeps what passes, as an observer of the line does. */
export class WireTap {
  /** Where it listens: `host:port`. */
  readonly address: string;
  /** Of each connection, the first thing that the dialling side sent. */
  readonly first: Buffer[] = [];
  readonly #passed: Buffer[] = [];

  private constructor(address: string) {
    this.address = address;
  }

  static async before(target: string): Promise<WireTap> {
    const to = parseAddress(target);
    if (!to) throw new Error(`no address: ${target}`);
    const open = new Set<Socket>();
    const server = createServer((client) => {
      const peer = createConnection(to);
      for (const [from, other] of [[client, peer] as const, [peer, client] as const]) {
        open.add(from);
        from.pipe(other);
        from.on('data', (bytes: Buffer) => tap.#passed.push(bytes));
        from.on('error', () => undefined).on('close', () => other.destroy());
      }
      client.once('data', (bytes: Buffer) => tap.first.push(bytes));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { address, port } = server.address() as AddressInfo;
    const tap = new WireTap(formatAddress({ host: address, port }));
    onTestFinished(() => {
      server.close();
      for (const socket of open) socket.destroy();
    });
    return tap;
  }

  /** Everything, both ways. */
  get passed(): Buffer {
    return Buffer.concat(this.#passed);
  }
}

/** Types of the extensions of a TLS ClientHello in one record (RFC 8446, section 4.1.2). */
export function extensionsOf(hello: Buffer): number[] {
  // Record head 5, message head 4, version 2, random 32.
  let at = 43;
  at += 1 + hello.readUInt8(at);
  at += 2 + hello.readUInt16BE(at);
  at += 1 + hello.readUInt8(at);
  const end = at + 2 + hello.readUInt16BE(at);
  const types: number[] = [];
  for (at += 2; at < end; at += 4 + hello.readUInt16BE(at + 2)) types.push(hello.readUInt16BE(at));
  return types;
}
