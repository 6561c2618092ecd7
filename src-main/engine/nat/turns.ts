import type { NodeId } from '../../contract/ids.ts';

/** Work on one peer, one after the other. */
export class Turns {
  /** Settles when all that was begun for a peer is over. */
  readonly #lines = new Map<NodeId, Promise<void>>();

  /** Whether somebody has his turn, or waits for it. */
  isTaken(nodeId: NodeId): boolean {
    return this.#lines.has(nodeId);
  }

  /** Runs when all that came before is over. Fails as `run` does, or with the signal's reason while it waits. */
  async inTurn<T>(nodeId: NodeId, run: () => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    const before = this.#lines.get(nodeId) ?? Promise.resolve();
    const done = Promise.withResolvers<void>();
    const line = before.then(() => done.promise);
    this.#lines.set(nodeId, line);
    void line.then(() => {
      if (this.#lines.get(nodeId) === line) this.#lines.delete(nodeId);
    });
    try {
      await unlessAborted(before, signal);
      return await run();
    } finally {
      done.resolve();
    }
  }
}

function unlessAborted(waiting: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    void waiting.then(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
  });
}
