import { formatTarget, type PeerTarget } from '../../contract/address.ts';
import { KEPT_REQUEST_CONNECTIONS } from '../../engine/wire/limits.ts';
import { RequestClient, type RequestClientDeps } from './request-client.ts';

/** One RequestClient for each (NodeId, address), the least recently used idle one let go when there are too many. */
export class RequestClients {
  readonly #deps: RequestClientDeps;
  /** In order of use, oldest first. */
  readonly #clients = new Map<string, RequestClient>();

  constructor(deps: RequestClientDeps) {
    this.#deps = deps;
  }

  get(to: PeerTarget): RequestClient {
    const key = formatTarget(to);
    const client = this.#clients.get(key) ?? new RequestClient(to, this.#deps);
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
