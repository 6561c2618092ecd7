import type { KnownRemote, LinkHandler } from '../engine/ports/index.ts';
import type { Parcel, VirtualPath } from './virtual-path.ts';

/** The two ends of a connection: who dialled and who was dialled. */
export type Side = 'client' | 'server';
export const otherSide = (side: Side): Side => (side === 'client' ? 'server' : 'client');

type ConnectionDeps = {
  /** Whom each side sees at the other end. */
  readonly remotes: Readonly<Record<Side, KnownRemote>>;
  /** The line that each side sends on. */
  readonly paths: Readonly<Record<Side, VirtualPath>>;
  readonly handler: LinkHandler;
};

/** A finished handshake between two peers of a virtual network: parcels in order both ways until a side closes. */
export class MemoryConnection {
  readonly remotes: Readonly<Record<Side, KnownRemote>>;
  readonly handler: LinkHandler;
  /** Requests of one connection are answered one after the other, as in HTTP/1.1. */
  answering: Promise<void> = Promise.resolve();
  readonly #paths: Readonly<Record<Side, VirtualPath>>;
  readonly #open: Record<Side, boolean> = { client: true, server: true };
  readonly #listeners: Record<Side, Set<() => void>> = { client: new Set(), server: new Set() };

  constructor({ remotes, paths, handler }: ConnectionDeps) {
    this.remotes = remotes;
    this.#paths = paths;
    this.handler = handler;
  }

  /** Whether this side still sees the connection as open. */
  isOpen(side: Side): boolean {
    return this.#open[side];
  }

  /** Sends from `side`; a parcel for a side that has closed is lost. */
  send(side: Side, parcel: Parcel): void {
    if (!this.#open[side]) return;
    const onArrive = () => {
      if (this.#open[otherSide(side)]) parcel.onArrive();
    };
    this.#paths[side].send({ ...parcel, onArrive });
  }

  /** Closes at `side` at once, at the other side when the news arrives. Idempotent. */
  close(side: Side): void {
    if (!this.#open[side]) return;
    this.send(side, { bytes: 0, onArrive: () => this.#end(otherSide(side)) });
    this.#end(side);
  }

  /** This side is gone without a word: what is sent to it is lost, and nothing of its own is told any more. */
  vanish(side: Side): void {
    this.#open[side] = false;
    this.#listeners[side].clear();
  }

  /** Calls `listener` once when `side` sees the end; returns how to stop listening. */
  onClose(side: Side, listener: () => void): () => void {
    if (this.#open[side]) this.#listeners[side].add(listener);
    else queueMicrotask(listener);
    return () => this.#listeners[side].delete(listener);
  }

  #end(side: Side): void {
    if (!this.#open[side]) return;
    this.#open[side] = false;
    const listeners = [...this.#listeners[side]];
    this.#listeners[side].clear();
    for (const listener of listeners) listener();
  }
}
