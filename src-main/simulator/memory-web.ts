import { formatAddress, unmapIpv4 } from '../contract/address.ts';
import { formatRange } from '../contract/content-range.ts';
import { AppError } from '../contract/errors.ts';
import { parseIp } from '../contract/ip.ts';
import { placeOf, type WebUrl } from '../contract/web-url.ts';
import type { Clock, Headers, RangeSink, WebClient, WebConnection, WebRange } from '../engine/ports/index.ts';
import { readWebAnswer } from '../engine/wire/web-answer.ts';
import { fillSink } from './fill-sink.ts';

export type MemoryWebRequest = { readonly url: WebUrl; readonly headers: Headers };
/** `body` may go on for ever. Names of headers are in lower case. */
export type MemoryWebAnswer = {
  readonly status: number;
  readonly headers?: Headers;
  readonly body?: Iterable<Uint8Array>;
  /** Default: that of the web. */
  readonly bytesPerSecond?: number;
};
/** Undefined: it never answers. */
export type MemoryWebServer = (request: MemoryWebRequest) => MemoryWebAnswer | undefined;
type Options = { readonly clock: Clock; readonly latencyMs?: number; readonly bytesPerSecond?: number };

/** The WebClient port on servers in memory. */
export class MemoryWeb implements WebClient {
  /** Addresses of names; changed at will, as whoever owns a name may. */
  readonly names = new Map<string, readonly string[]>();
  /** By `address:port`. */
  readonly servers = new Map<string, MemoryWebServer>();
  /** Where connections were opened, in order. */
  readonly opened: string[] = [];
  readonly #options: Options;

  constructor(options: Options) {
    this.#options = options;
  }

  async resolve(host: string, signal?: AbortSignal): Promise<readonly string[]> {
    signal?.throwIfAborted();
    const addresses = parseIp(host) ? [unmapIpv4(host)] : this.names.get(host);
    if (!addresses) throw new AppError('peer.unreachable', { address: host, why: 'there is no host of that name' });
    return addresses;
  }

  open(url: WebUrl, address: string): WebConnection {
    const place = formatAddress({ host: address, port: placeOf(url).port });
    this.opened.push(place);
    return new MemoryWebConnection(url, () => this.servers.get(place), this.#options);
  }
}

type Fetch = { readonly range: WebRange; readonly sink: RangeSink };

class MemoryWebConnection implements WebConnection {
  readonly #url: WebUrl;
  readonly #server: () => MemoryWebServer | undefined;
  readonly #options: Options;
  readonly #fetches: Fetch[] = [];
  #closed: AppError | undefined;
  #isBusy = false;
  #resume: (() => void) | undefined;

  constructor(url: WebUrl, server: () => MemoryWebServer | undefined, options: Options) {
    this.#url = url;
    this.#server = server;
    this.#options = options;
  }

  fetch(range: WebRange, sink: RangeSink): void {
    const closed = this.#closed;
    if (closed) {
      queueMicrotask(() => sink.failed(closed));
      return;
    }
    this.#fetches.push({ range, sink });
    if (!this.#isBusy) void this.#answerAll();
  }

  resume(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = this.#error('peer.closed');
    for (const { sink } of this.#fetches.splice(0)) sink.failed(this.#closed);
    this.resume();
  }

  async #answerAll(): Promise<void> {
    this.#isBusy = true;
    for (let fetch = this.#fetches[0]; fetch; fetch = this.#fetches[0]) {
      const failure = await this.#answer(fetch);
      if (this.#closed || this.#fetches.shift() !== fetch) break;
      if (failure) fetch.sink.failed(failure);
      else fetch.sink.end();
    }
    this.#isBusy = false;
  }

  async #answer({ range, sink }: Fetch): Promise<AppError | undefined> {
    await this.#pass(2 * (this.#options.latencyMs ?? 1));
    const server = this.#server();
    if (!server) return this.#error('peer.unreachable', 'nobody listens there');
    const headers = { 'accept-encoding': 'identity', ...(range.isWhole ? {} : { range: formatRange(range) }) };
    const answer = server({ url: this.#url, headers });
    if (!answer) {
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
      return undefined;
    }
    const read = readWebAnswer(range, answer.status, answer.headers ?? {});
    if ('why' in read) return this.#error('peer.protocol', read.why);
    if (this.#closed) return undefined;
    sink.head(read.status, read.headers);
    if (read.status !== 206) return undefined;
    let left = read.bytes;
    const { bytesPerSecond = this.#options.bytesPerSecond ?? Number.POSITIVE_INFINITY } = answer;
    for (const bytes of answer.body ?? []) {
      if (this.#closed) return undefined;
      if (bytes.length > left && !read.isCut)
        return this.#error('peer.protocol', 'the body is longer than its head tells');
      const wanted = bytes.subarray(0, left);
      left -= wanted.length;
      await this.#pass((1000 * wanted.length) / bytesPerSecond);
      await this.#fill(wanted, sink);
      if (left === 0 && read.isCut) return undefined;
    }
    return left > 0 ? this.#error('peer.protocol', 'the body is shorter than its head tells') : undefined;
  }

  #fill(bytes: Uint8Array, sink: RangeSink): Promise<void> {
    return fillSink(bytes, sink, {
      isOpen: () => !this.#closed,
      pause: () =>
        new Promise((resolve) => {
          this.#resume = resolve;
        }),
    });
  }

  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#options.clock.setTimer(ms, resolve);
    });
  }

  #error(code: 'peer.closed' | 'peer.protocol' | 'peer.unreachable', why = ''): AppError {
    return new AppError(code, { address: placeOf(this.#url).host, why });
  }
}
