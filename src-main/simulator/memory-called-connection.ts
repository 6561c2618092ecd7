import type { CalledConnection, IncomingResponse, OutgoingRequest } from '../engine/ports/index.ts';
import { askInTime } from './memory-asking.ts';
import type { MemoryConnection } from './memory-connection.ts';
import { MemoryContentConnection } from './memory-content-client.ts';
import type { NetworkDoor } from './network-door.ts';

/** CalledConnection in a virtual network: the roles of the connection were swapped. */
export class MemoryCalledConnection extends MemoryContentConnection implements CalledConnection {
  readonly #connection: MemoryConnection;
  readonly #door: NetworkDoor;

  constructor(connection: MemoryConnection, door: NetworkDoor) {
    super(connection);
    this.#connection = connection;
    this.#door = door;
  }

  get isOpen(): boolean {
    return this.#connection.isOpen('client');
  }

  request(request: OutgoingRequest, signal?: AbortSignal): Promise<IncomingResponse> {
    const { address } = this.remote;
    return askInTime(async () => ({ connection: this.#connection }), request, { door: this.#door, address, signal });
  }
}
