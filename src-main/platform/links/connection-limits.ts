import type { Socket } from 'node:net';
import { isPrivateHost, singleBlock } from '../../contract/address-block.ts';

export type ConnectionCaps = {
  readonly perAddress: number;
  /** Many peers of one network may share a gateway. */
  readonly perPrivateAddress: number;
  readonly inAll: number;
};

/** Counts open connections in all and by address, where a private or loopback one may have more. */
export class ConnectionLimits {
  readonly #caps: ConnectionCaps;
  readonly #byAddress = new Map<string, number>();
  #open = 0;

  constructor(caps: ConnectionCaps) {
    this.#caps = caps;
  }

  /** Counts a new connection until it closes; returns of whom there are too many, or undefined. Where it is everyone, a newcomer is not to blame. */
  admit(socket: Socket, host: string): 'address' | 'everyone' | undefined {
    const { perAddress, perPrivateAddress, inAll } = this.#caps;
    const isPrivate = isPrivateHost(host);
    // A private /64 is a whole network, a public one mostly a household.
    const block = isPrivate ? host : singleBlock(host);
    if ((this.#byAddress.get(block) ?? 0) >= (isPrivate ? perPrivateAddress : perAddress)) return 'address';
    if (this.#open >= inAll) return 'everyone';
    this.#change(block, 1);
    socket.once('close', () => this.#change(block, -1));
    return undefined;
  }

  #change(block: string, by: 1 | -1): void {
    this.#open += by;
    const count = (this.#byAddress.get(block) ?? 0) + by;
    if (count > 0) this.#byAddress.set(block, count);
    else this.#byAddress.delete(block);
  }
}
