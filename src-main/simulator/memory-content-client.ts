import { formatAddress, type PeerTarget } from '../contract/address.ts';
import { formatRange, parseContentRange } from '../contract/content-range.ts';
import { AppError } from '../contract/errors.ts';
import { toUtf8 } from '../contract/utf8.ts';
import type {
  ContentClient,
  ContentConnection,
  ContentRange,
  Headers,
  KnownRemote,
  RangeSink,
} from '../engine/ports/index.ts';
import { fillSink } from './fill-sink.ts';
import type { MemoryConnection } from './memory-connection.ts';
import { type AnswerReceiver, exchange } from './memory-exchange.ts';
import type { NetworkDoor } from './network-door.ts';

/** The ContentClient port in a virtual network. */
export class MemoryContentClient implements ContentClient {
  readonly #door: NetworkDoor;

  constructor(door: NetworkDoor) {
    this.#door = door;
  }

  async connect(to: PeerTarget, signal?: AbortSignal): Promise<ContentConnection> {
    return new MemoryContentConnection(await this.#door.dial(to, signal));
  }
}

/** ContentConnection over a virtual connection whose client is this side. */
export class MemoryContentConnection implements ContentConnection {
  readonly remote: KnownRemote;
  readonly #connection: MemoryConnection;
  /** Answers that are still to come, in order. */
  readonly #pending = new Set<RangeSink>();
  /** A piece may wait for room while later parcels arrive, of this answer or of the next: they queue behind it. */
  #taken = Promise.resolve();
  #closed: AppError | undefined;
  #resume: (() => void) | undefined;

  constructor(connection: MemoryConnection) {
    this.remote = connection.remotes.client;
    this.#connection = connection;
    connection.onClose('client', () => this.#fail(this.#error('peer.closed')));
  }

  fetch(range: ContentRange, sink: RangeSink): void {
    const closed = this.#closed;
    if (closed) {
      queueMicrotask(() => sink.failed(closed));
      return;
    }
    this.#pending.add(sink);
    const headers = { ...range.headers, range: formatRange(range) };
    exchange(this.#connection, { method: 'GET', path: `/content/${range.hash}`, headers }, this.#receiver(range, sink));
  }

  resume(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }

  close(): void {
    this.#fail(this.#error('peer.closed'));
  }

  #receiver(range: ContentRange, sink: RangeSink): AnswerReceiver {
    let wanted = false;
    const receiver: AnswerReceiver = {
      whole: ({ status, headers, body }) => {
        receiver.head(status, headers);
        void receiver.chunk(typeof body === 'string' ? toUtf8(body) : body);
        receiver.end();
      },
      head: (status, headers) => {
        if (status === 206 && !fits(range, headers)) {
          this.#fail(this.#error('peer.protocol', 'the Content-Range is not the one asked for'));
          return;
        }
        wanted = status === 206;
        if (this.#pending.has(sink)) sink.head(status, headers);
      },
      chunk: (bytes) => {
        this.#taken = this.#taken.then(() => (wanted ? this.#fill(bytes, sink) : undefined));
        return this.#taken;
      },
      end: () => {
        void this.#taken.then(() => {
          if (this.#pending.delete(sink)) sink.end();
        });
      },
    };
    return receiver;
  }

  #fill(bytes: Uint8Array, sink: RangeSink): Promise<void> {
    return fillSink(bytes, sink, {
      isOpen: () => this.#pending.has(sink),
      pause: () =>
        new Promise((resolve) => {
          this.#resume = resolve;
        }),
    });
  }

  #fail(error: AppError): void {
    if (this.#closed) return;
    this.#closed = error;
    const pending = [...this.#pending];
    this.#pending.clear();
    this.#connection.close('client');
    this.resume();
    for (const sink of pending) sink.failed(error);
  }

  #error(code: 'peer.closed' | 'peer.protocol', why = ''): AppError {
    return new AppError(code, { address: formatAddress(this.remote.address), why });
  }
}

function fits(range: ContentRange, headers: Headers): boolean {
  const given = parseContentRange(headers['content-range'] ?? '');
  const starts = given?.start === range.start && given.end <= range.end;
  return starts && Number(headers['content-length']) === given.end - given.start;
}
