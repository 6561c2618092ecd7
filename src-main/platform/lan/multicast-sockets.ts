import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { OwnAddress } from './own-networks.ts';

/** Of multicast DNS (RFC 6762). */
const GROUPS = { udp4: '224.0.0.251', udp6: 'ff02::fb' } as const;
/** Packets of multicast DNS travel with the largest (RFC 6762, section 11); a router does not pass them on in any case. */
const HOPS = 255;

type Kind = keyof typeof GROUPS;
type Options = {
  readonly port: number;
  /** Packets can be sent from this address now. */
  readonly opened: (host: string) => void;
  readonly received: (bytes: Uint8Array, from: string) => void;
  /** A socket could not be had or does not work: the reason, in words of the system. */
  readonly failed: (why: string) => void;
};

/**
 * The sockets of multicast DNS: for each address one that sends, bound to it, so that its packets go out there and come from it; and
 * for each family one that receives, a member of the group on each interface. Others on this machine may use the same port.
 */
export class MulticastSockets {
  readonly #options: Options;
  readonly #receivers = new Map<Kind, Socket>();
  readonly #senders = new Map<string, Socket>();
  #isOpen = true;

  constructor(options: Options, addresses: readonly OwnAddress[]) {
    this.#options = options;
    for (const kind of ['udp4', 'udp6'] as const) {
      const own = addresses.filter(({ host }) => kindOf(host) === kind);
      if (own.length > 0) this.#receive(kind, own);
    }
    for (const address of addresses) this.#makeSender(address);
  }

  /** Addresses that packets can be sent from. */
  get hosts(): readonly string[] {
    return [...this.#senders.keys()];
  }

  /** Fire and forget: what is lost is said again. */
  send(bytes: Uint8Array, fromHost: string): Promise<void> {
    const sender = this.#senders.get(fromHost);
    const { port, failed } = this.#options;
    return new Promise((resolve) => {
      if (!sender) return resolve();
      sender.send(bytes, port, GROUPS[kindOf(fromHost)], (error) => {
        if (error) {
          this.#drop(fromHost, sender);
          failed(error.message);
        }
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    this.#isOpen = false;
    const all = [...this.#receivers.values(), ...this.#senders.values()];
    this.#receivers.clear();
    this.#senders.clear();
    await Promise.all(all.map(closed));
  }

  #receive(kind: Kind, own: readonly OwnAddress[]): void {
    const socket = this.#open(kind);
    this.#receivers.set(kind, socket);
    socket.on('message', (bytes, { address }) => this.#options.received(bytes, address));
    socket.on('error', (error) => {
      this.#receivers.delete(kind);
      this.#fail(socket, error);
    });
    socket.bind({ port: this.#options.port, address: kind === 'udp4' ? '0.0.0.0' : '::' }, () => {
      // One membership for each interface, however many addresses it has.
      for (const [name, { host }] of new Map(own.map((one) => [one.name, one]))) {
        this.#try(() => socket.addMembership(GROUPS[kind], kind === 'udp4' ? host : `::%${name}`));
      }
    });
  }

  #makeSender({ host, name }: OwnAddress): void {
    const kind = kindOf(host);
    const socket = this.#open(kind);
    socket.on('error', (error) => {
      this.#drop(host, socket);
      this.#fail(socket, error);
    });
    socket.bind({ port: this.#options.port, address: host }, () => {
      const isReady = this.#try(() => {
        socket.setMulticastTTL(HOPS);
        socket.setMulticastLoopback(true);
        socket.setMulticastInterface(kind === 'udp4' ? host : `::%${name}`);
      });
      if (!isReady || !this.#isOpen) {
        void closed(socket);
        return;
      }
      this.#senders.set(host, socket);
      this.#options.opened(host);
    });
  }

  #open(type: Kind): Socket {
    const socket = createSocket({ type, reuseAddr: true, ipv6Only: type === 'udp6' });
    // A peer does not stay alive for the sake of being found.
    socket.unref();
    return socket;
  }

  /** A system refuses these for interfaces that went away or do no multicast. */
  #try(set: () => void): boolean {
    try {
      set();
      return true;
    } catch (error) {
      this.#options.failed((error as Error).message);
      return false;
    }
  }

  #drop(host: string, socket: Socket): void {
    if (this.#senders.get(host) === socket) this.#senders.delete(host);
    void closed(socket);
  }

  #fail(socket: Socket, error: Error): void {
    void closed(socket);
    this.#options.failed(error.message);
  }
}

const kindOf = (host: string): Kind => (isIPv6(host) ? 'udp6' : 'udp4');

/** A socket that failed may be closed already, which is as good. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    try {
      socket.close(resolve);
    } catch {
      resolve();
    }
  });
}
