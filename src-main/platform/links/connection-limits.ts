import type { Socket } from 'node:net';
import { isPrivateHost, singleBlock } from '../../contract/address-block.ts';

export type ConnectionCaps = { readonly perAddress: number; readonly inAll: number };

/** Counts open connections in all and by address. Private and loopback addresses count in all only: many peers of one network share a gateway. */
export class ConnectionLimits {
  readonly #caps: ConnectionCaps;
  readonly #byAddress = new Map<string, number>();
  #open = 0;

  constructor(caps: ConnectionCaps) {
    this.#caps = caps;
  }

  /** Counts a new connection until it closes; returns why it is one too many, or undefined. */
  admit(socket: Socket, host: string): string | undefined {
    if (this.#open >= this.#caps.inAll) return 'too many connections are open';
    const block = isPrivateHost(host) ? undefined : singleBlock(host);
    if (block !== undefined && (this.#byAddress.get(block) ?? 0) >= this.#caps.perAddress) {
      return 'too many connections from that address';
    }
    this.#change(block, 1);
    socket.once('close', () => this.#change(block, -1));
    return undefined;
  }

  #change(block: string | undefined, by: 1 | -1): void {
    this.#open += by;
    if (block === undefined) return;
    const count = (this.#byAddress.get(block) ?? 0) + by;
    if (count > 0) this.#byAddress.set(block, count);
    else this.#byAddress.delete(block);
  }
}
