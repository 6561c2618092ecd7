import { Agent } from 'node:https';
import type { Duplex } from 'node:stream';

type Created = (error: Error | null, socket: Duplex) => void;

/** Keeps one connection for requests, which `open` makes; an idle one is closed after `keepMs`. */
export class DiallingAgent extends Agent {
  readonly #open: () => Promise<Duplex>;

  constructor(open: () => Promise<Duplex>, keepMs: number) {
    // Else an idle connection is probed each second until it is closed.
    super({ keepAlive: true, keepAliveMsecs: keepMs, maxSockets: 1, maxFreeSockets: 1, timeout: keepMs });
    this.#open = open;
  }

  override createConnection(_: unknown, created?: Created): undefined {
    // Node looks at the socket only without an error, but its types ask for one in both cases.
    const failed = created as ((error: Error) => void) | undefined;
    void this.#open().then(
      (socket) => created?.(null, socket),
      (error: Error) => failed?.(error),
    );
  }
}
