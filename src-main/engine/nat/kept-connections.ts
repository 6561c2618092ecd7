import type { NodeId } from '../../contract/ids.ts';
import type {
  CalledConnection,
  Clock,
  ContentConnection,
  ContentRange,
  Headers,
  KnownRemote,
  RangeSink,
  Timer,
} from '../ports/index.ts';

/** Well before the source lets go of an idle connection (LINK_TIMES.keepAliveMs), and longer than it has others wait for their turn. */
const KEEP_MS = 55_000;
/** Of sources of some downloads at once; one more ends the oldest. */
const MAX_KEPT = 100;
/** For one source: a connection for ranges, and one for what else it is asked meanwhile. */
const KEPT_PER_SOURCE = 2;

type Kept = { readonly connection: CalledConnection; readonly timer: Timer };

/** Connections of called sources that nobody uses now: the next request, or the next look at a queue, costs no call. */
export class KeptConnections {
  readonly #clock: Clock;
  readonly #kept = new Set<Kept>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The caller's from now on; undefined when there is none. */
  take(nodeId: NodeId): CalledConnection | undefined {
    for (const kept of this.#of(nodeId).reverse()) {
      this.#forget(kept);
      if (kept.connection.isOpen) return kept.connection;
    }
    return undefined;
  }

  /** Takes one back that was asked something: the source soon ends one that says nothing from the start (LINK_TIMES.headMs). */
  keep(connection: CalledConnection): void {
    if (!connection.isOpen) return;
    const same = this.#of(connection.remote.nodeId);
    const [oldest] = same.length >= KEPT_PER_SOURCE ? same : this.#kept.size >= MAX_KEPT ? this.#kept : [];
    if (oldest) this.#end(oldest);
    const kept: Kept = { connection, timer: this.#clock.setTimer(KEEP_MS, () => this.#end(kept)) };
    this.#kept.add(kept);
  }

  /** As a connection for ranges that is kept when it is closed without an answer under way. `wasAsked`: it is one that was kept. */
  forRanges(connection: CalledConnection, wasAsked: boolean): ContentConnection {
    return new ReturnedConnection(connection, { wasAsked, giveBack: () => this.keep(connection) });
  }

  stop(): void {
    for (const kept of [...this.#kept]) this.#end(kept);
  }

  /** Oldest first. */
  #of(nodeId: NodeId): Kept[] {
    return [...this.#kept].filter(({ connection }) => connection.remote.nodeId === nodeId);
  }

  #forget(kept: Kept): void {
    kept.timer.cancel();
    this.#kept.delete(kept);
  }

  #end(kept: Kept): void {
    this.#forget(kept);
    kept.connection.close();
  }
}

class ReturnedConnection implements ContentConnection {
  readonly remote: KnownRemote;
  readonly #connection: CalledConnection;
  readonly #giveBack: () => void;
  #wasAsked: boolean;
  #pending = 0;
  #isClosed = false;

  constructor(
    connection: CalledConnection,
    { wasAsked, giveBack }: { readonly wasAsked: boolean; readonly giveBack: () => void },
  ) {
    this.remote = connection.remote;
    this.#connection = connection;
    this.#wasAsked = wasAsked;
    this.#giveBack = giveBack;
  }

  fetch(range: ContentRange, sink: RangeSink): void {
    this.#wasAsked = true;
    this.#pending++;
    const over = () => {
      this.#pending--;
    };
    this.#connection.fetch(range, new WatchedSink(sink, over));
  }

  resume(): void {
    this.#connection.resume();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#wasAsked && this.#pending === 0) this.#giveBack();
    else this.#connection.close();
  }
}

/** Tells when it is over, before its owner learns of it and may close the connection. */
class WatchedSink implements RangeSink {
  readonly #sink: RangeSink;
  readonly #over: () => void;

  constructor(sink: RangeSink, over: () => void) {
    this.#sink = sink;
    this.#over = over;
  }

  head(status: number, headers: Headers): void {
    this.#sink.head(status, headers);
  }

  room(): Uint8Array | undefined {
    return this.#sink.room();
  }

  filled(bytes: number): void {
    this.#sink.filled(bytes);
  }

  end(): void {
    this.#over();
    this.#sink.end();
  }

  failed(error: Error): void {
    this.#over();
    this.#sink.failed(error);
  }
}
