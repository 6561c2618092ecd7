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
  /** Silence after which one of the two sides would ping, the shorter one. */
  pingSilenceMs = Number.POSITIVE_INFINITY;
  readonly paths: Readonly<Record<Side, VirtualPath>>;
  readonly #open: Record<Side, boolean> = { client: true, server: true };
  readonly #listeners: Record<Side, Set<() => void>> = { client: new Set(), server: new Set() };
  readonly #troubled: Partial<Record<Side, () => void>> = {};

  constructor({ remotes, paths, handler }: ConnectionDeps) {
    this.remotes = remotes;
    this.paths = paths;
    this.handler = handler;
    paths.client.use(this);
    paths.server.use(this);
  }

  /** Whether this side still sees the connection as open. */
  isOpen(side: Side): boolean {
    return this.#open[side];
  }

  /** Whether nothing comes through to `side`, though it sees the connection as open. */
  isTroubled(side: Side): boolean {
    return !this.#open[otherSide(side)] || this.paths.client.isCut || this.paths.server.isCut;
  }

  /** Calls `listener` whenever `isTroubled` may have changed; one for each side. */
  onTrouble(side: Side, listener: (() => void) | undefined): void {
    if (listener) this.#troubled[side] = listener;
    else delete this.#troubled[side];
  }

  /** A line of it was cut, or healed. */
  lineChanged(): void {
    this.#troubled.client?.();
    this.#troubled.server?.();
  }

  /** Of a small parcel now, ms. */
  roundTripMs(): number {
    return this.paths.client.latencyMs() + this.paths.server.latencyMs();
  }

  /** Sends from `side`; a parcel for a side that has closed is lost. */
  send(side: Side, parcel: Parcel): void {
    if (!this.#open[side]) return;
    const onArrive = () => {
      if (this.#open[otherSide(side)]) parcel.onArrive();
    };
    this.paths[side].send({ ...parcel, onArrive });
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
    this.#free();
    this.#troubled[otherSide(side)]?.();
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
    this.#free();
    const listeners = [...this.#listeners[side]];
    this.#listeners[side].clear();
    for (const listener of listeners) listener();
  }

  #free(): void {
    if (this.#open.client || this.#open.server) return;
    this.paths.client.leave(this);
    this.paths.server.leave(this);
  }
}
