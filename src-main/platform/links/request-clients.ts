import { formatTarget, type PeerTarget } from '../../contract/address.ts';
import type { IncomingResponse, OutgoingRequest } from '../../engine/ports/index.ts';
import { KEPT_REQUEST_CONNECTIONS } from '../../engine/wire/limits.ts';
import type { Dial } from './dial.ts';

export type RequestClientDeps = {
  readonly dial: Dial;
  /** A connection must stand within this, ms. */
  readonly dialTimeoutMs: () => number;
  /** An idle connection is kept for this, ms. */
  readonly keepMs: number;
};

/** Requests to one peer. */
export interface RequestClient {
  readonly isIdle: boolean;
  request(request: OutgoingRequest, signal?: AbortSignal): Promise<IncomingResponse>;
  /** Running requests fail with peer.closed. Idempotent. */
  close(): void;
}

/** One RequestClient for each (NodeId, address), the least recently used idle one let go when there are too many. */
export class RequestClients {
  readonly #make: (to: PeerTarget) => RequestClient;
  /** In order of use, oldest first. */
  readonly #clients = new Map<string, RequestClient>();

  constructor(make: (to: PeerTarget) => RequestClient) {
    this.#make = make;
  }

  get(to: PeerTarget): RequestClient {
    const key = formatTarget(to);
    const client = this.#clients.get(key) ?? this.#make(to);
    this.#clients.delete(key);
    this.#clients.set(key, client);
    this.#letGo();
    return client;
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
    this.#clients.clear();
  }

  #letGo(): void {
    for (const [key, client] of this.#clients) {
      if (this.#clients.size <= KEPT_REQUEST_CONNECTIONS) return;
      if (!client.isIdle) continue;
      this.#clients.delete(key);
      client.close();
    }
  }
}
