import { once } from 'node:events';
import {
  type AddressInfo,
  createConnection,
  createServer as createTcpServer,
  type Server as NetServer,
  type Socket,
} from 'node:net';
import { type ConnectionOptions, connect, createServer, type TLSSocket, type TlsOptions } from 'node:tls';
import type { PeerAddress } from '../../src-main/contract/address.ts';

/** A TLS client that follows no rule of ours: collects all it is told, as text. */
export class RawClient {
  readonly socket: Socket;
  readonly closed: Promise<string>;
  #text = '';

  constructor(socket: Socket) {
    this.socket = socket;
    // How it ends is what tests look at: by `closed` and the text.
    socket
      .on('error', () => undefined)
      .on('data', (data: Buffer) => {
        this.#text += data.toString('latin1');
      });
    this.closed = new Promise((resolve) => socket.on('close', () => resolve(this.#text)));
  }

  get text(): string {
    return this.#text;
  }

  static async tls({ host, port }: PeerAddress, options: ConnectionOptions = {}): Promise<RawClient> {
    const socket = connect({ host, port, rejectUnauthorized: false, ...options });
    const client = new RawClient(socket);
    await Promise.race([new Promise((resolve) => socket.once('secureConnect', resolve)), client.closed]);
    return client;
  }

  static async tcp({ host, port }: PeerAddress): Promise<RawClient> {
    const socket = createConnection({ host, port });
    await once(socket, 'connect');
    return new RawClient(socket);
  }
}

/** The first bytes of a TLS client. */
export async function clientHello(): Promise<Buffer> {
  const server = createTcpServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  connect({ host: '127.0.0.1', port, rejectUnauthorized: false }).on('error', () => undefined);
  const [socket] = (await once(server, 'connection')) as [Socket];
  const [hello] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  server.close();
  return hello;
}

/** A TLS server that follows no rule of ours and counts what it can decrypt. */
export class RawServer {
  readonly address: PeerAddress;
  readonly sockets: TLSSocket[] = [];
  /** Connections that came and went, through a handshake or not. */
  ended = 0;
  bytes = 0;
  onSocket: (socket: TLSSocket) => void = () => {};
  readonly #server: NetServer;

  static async start(options: TlsOptions): Promise<RawServer> {
    const server = createServer({ requestCert: true, rejectUnauthorized: false, ...options });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new RawServer(server);
  }

  private constructor(server: NetServer) {
    this.#server = server;
    this.address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
    server
      .on('tlsClientError', () => undefined)
      .on('connection', (socket: Socket) => {
        socket.on('close', () => this.ended++);
      });
    server.on('secureConnection', (socket: TLSSocket) => {
      this.sockets.push(socket);
      socket
        .on('error', () => undefined)
        .on('data', (data: Buffer) => {
          this.bytes += data.length;
        });
      this.onSocket(socket);
    });
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
