import type { PeerTarget } from '../../contract/address.ts';
import type { WebUrl } from '../../contract/web-url.ts';
import type {
  ContentClient,
  ContentConnection,
  ContentRange,
  Headers,
  RangeSink,
  WebClient,
  WebConnection,
  WebRange,
} from '../ports/index.ts';

/** `host`: the other side. */
type Count = (bytes: number, host: string) => void;

/** A ContentClient that counts the bytes of files that come in. */
export class CountingContentClient implements ContentClient {
  readonly #client: ContentClient;
  readonly #count: Count;

  constructor(client: ContentClient, count: Count) {
    this.#client = client;
    this.#count = count;
  }

  async connect(to: PeerTarget, signal?: AbortSignal): Promise<ContentConnection> {
    const connection = await this.#client.connect(to, signal);
    const count = (bytes: number) => this.#count(bytes, connection.remote.address.host);
    return {
      remote: connection.remote,
      fetch: (range: ContentRange, sink: RangeSink) => connection.fetch(range, new CountingSink(sink, count)),
      resume: () => connection.resume(),
      close: () => connection.close(),
    };
  }
}

/** The same for web servers. */
export class CountingWebClient implements WebClient {
  readonly #client: WebClient;
  readonly #count: Count;

  constructor(client: WebClient, count: Count) {
    this.#client = client;
    this.#count = count;
  }

  resolve(host: string, signal?: AbortSignal): Promise<readonly string[]> {
    return this.#client.resolve(host, signal);
  }

  open(url: WebUrl, address: string): WebConnection {
    const connection = this.#client.open(url, address);
    const count = (bytes: number) => this.#count(bytes, address);
    return {
      fetch: (range: WebRange, sink: RangeSink) => connection.fetch(range, new CountingSink(sink, count)),
      resume: () => connection.resume(),
      close: () => connection.close(),
    };
  }
}

class CountingSink implements RangeSink {
  readonly #sink: RangeSink;
  readonly #count: (bytes: number) => void;

  constructor(sink: RangeSink, count: (bytes: number) => void) {
    this.#sink = sink;
    this.#count = count;
  }

  head(status: number, headers: Headers): void {
    this.#sink.head(status, headers);
  }

  room(): Uint8Array | undefined {
    return this.#sink.room();
  }

  filled(bytes: number): void {
    this.#count(bytes);
    this.#sink.filled(bytes);
  }

  end(): void {
    this.#sink.end();
  }

  failed(error: Error): void {
    this.#sink.failed(error);
  }
}
