import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { NodeId } from '../../src-main/contract/ids.ts';
import { askPeer, type PeerAnswer } from './ask-peer.ts';
import { makeTestIdentity } from './link-world.ts';

type Message = Readonly<Record<string, unknown>>;
type TestIdentity = Awaited<ReturnType<typeof makeTestIdentity>>;
const HELLO = { type: 'hello', version: '1.0', role: 'leaf', listen: [], files: 0, bytes: 0 };

/** Somebody with a key who says whatever a test wants him to. */
export class HostilePeer {
  readonly nodeId: NodeId;
  readonly tls: { readonly key: string; readonly cert: string; readonly localAddress?: string };
  readonly #listen: string;

  private constructor(listen: string, localAddress: string | undefined, { nodeId, key, certificate }: TestIdentity) {
    this.#listen = listen;
    this.nodeId = nodeId;
    this.tls = { key, cert: certificate, ...(localAddress !== undefined && { localAddress }) };
  }

  /** `listen`: where the victim listens. `localAddress`: where this one comes from. */
  static async make(listen: string, localAddress?: string): Promise<HostilePeer> {
    return new HostilePeer(listen, localAddress, await makeTestIdentity());
  }

  ask(path: string, options: Parameters<typeof askPeer>[2] = {}): Promise<PeerAnswer> {
    return askPeer(this.#listen, path, { ...this.tls, ...options });
  }

  async openSession(): Promise<HostileSession> {
    const socket = new WebSocket(`wss://${this.#listen}/session`, { ...this.tls, rejectUnauthorized: false });
    const session = new HostileSession(socket);
    await once(socket, 'open');
    return session;
  }

  /** A child of the victim, with the id of the session for uploads. `claims`: fields of its hello. */
  async join(
    listen: readonly { readonly host: string; readonly port: number }[] = [],
    claims: Message = {},
  ): Promise<HostileSession> {
    const session = await this.openSession();
    session.send({ ...HELLO, listen, ...claims });
    const { session: id } = await session.heard('welcome');
    session.id = String(id);
    return session;
  }
}

export class HostileSession {
  id = '';
  /** The code and the reason that the victim gave. */
  readonly closed: Promise<readonly [number, string]>;
  readonly #socket: WebSocket;
  readonly #messages: Message[] = [];

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket
      .on('error', () => undefined)
      .on('message', (data) => {
        this.#messages.push(JSON.parse(String(data)));
      });
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, why) => resolve([code, String(why)]));
    });
  }

  /** Text and bytes go as they are, anything else as JSON. */
  send(message: string | Uint8Array | Message): void {
    this.#socket.send(typeof message === 'string' || message instanceof Uint8Array ? message : JSON.stringify(message));
  }

  /** The first message of that type; fails when the session ends before. */
  async heard(type: string): Promise<Message> {
    for (;;) {
      const found = this.#messages.find((message) => message.type === type);
      if (found) return found;
      const isOpen = await Promise.race([once(this.#socket, 'message'), this.closed.then(() => false)]);
      if (!isOpen) throw new Error(`the session ended without ${type}`);
    }
  }

  close(): void {
    this.#socket.terminate();
  }
}
