import { parseContentRange } from '../../contract/content-range.ts';
import { AppError, toAppError } from '../../contract/errors.ts';
import type { Settings } from '../../contract/settings.ts';
import { placeOf, type WebUrl } from '../../contract/web-url.ts';
import { MAX_FILE_BYTES } from '../content/constants.ts';
import type { Clock } from '../ports/clock.ts';
import type { RangeConnection, RangeSink } from '../ports/content-client.ts';
import type { Headers } from '../ports/links.ts';
import type { WebClient, WebConnection } from '../ports/web-client.ts';
import { type PlainRefusal, readPlainRefusal } from './source-answer.ts';
import { isCovered, isRedirect, redirected, requirePort, requirePublic } from './web-rules.ts';
import { WholeRange } from './whole-range.ts';

type Deps = {
  readonly web: WebClient;
  readonly clock: Clock;
  readonly settings: () => Settings;
  /** An address that the user does not want to speak to. */
  readonly isBlocked: (peer: { readonly host: string }) => boolean;
};
type Seed = { readonly url: WebUrl; readonly isLocalAllowed: boolean };
type Head = { readonly status: number; readonly headers: Headers };
type Answered = { readonly connection: WebConnection; readonly address: string; readonly head: Head };

/** A web server that has a file of `size` bytes: a range is fetched whole, in as many answers as it takes. Without ranges it sends a file only from its beginning. */
export interface WebSeedConnection extends Omit<RangeConnection, 'fetch'> {
  readonly size: number;
  readonly hasRanges: boolean;
  fetch(range: { readonly start: number; readonly end: number }, sink: RangeSink): void;
}

/** Of one name, tried in turn until one answers. */
const MAX_ADDRESSES = 4;
/** A server with as many connections as are allowed is looked at again after this. */
const BUSY_MS = 2000;
/** The least that shows whether a server knows ranges, and how long its file is. */
const PROBE = { start: 0, end: 1 };
/** After these another address of the same host may do. */
const ADDRESS_FAILURES = new Set(['peer.unreachable', 'peer.timeout']);

/** Web servers as sources: finds the server behind a URL by the rules of protocol section 12, and holds no more than a few connections to one. */
export class WebSeeds {
  readonly #deps: Deps;
  /** Open connections of each host. */
  readonly #open = new Map<string, number>();
  readonly #connections = new Set<SeedConnection>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /**
   * Follows redirects to the server that has the file. It may refuse, for now or for ever. Fails with web.* when the rules forbid it, with
   * peer.* when it does not answer or makes no sense.
   */
  async connect({ url, isLocalAllowed }: Seed, signal: AbortSignal): Promise<WebSeedConnection | PlainRefusal> {
    const allowed = isLocalAllowed ? placeOf(url) : undefined;
    let at = url;
    for (let redirects = 1; ; redirects++) {
      const { host } = placeOf(at);
      if (this.#most === 0) throw new AppError('web.not-allowed', { host, why: 'web seeds are switched off' });
      if (!this.#take(host)) return { kind: 'queued', place: 1, retryAfterMs: BUSY_MS };
      let isKept = false;
      try {
        const answered = await this.#ask(at, isCovered(placeOf(at), allowed), signal);
        if (!isRedirect(answered.head.status)) {
          const answer = this.#judge(at, answered);
          isKept = 'size' in answer;
          return answer;
        }
        answered.connection.close();
        at = redirected(at, answered.head.headers.location, redirects);
      } finally {
        if (!isKept) this.#give(host);
      }
    }
  }

  /** Ends what is open to servers that the user does not want to speak to. */
  partFrom(isBlocked: (host: string) => boolean): void {
    for (const open of [...this.#connections]) if (isBlocked(open.address)) open.end(blocked(open.host));
  }

  async #ask(url: WebUrl, isAllowed: boolean, signal: AbortSignal): Promise<Answered> {
    const { web } = this.#deps;
    const place = placeOf(url);
    requirePort(place, isAllowed);
    const addresses = await this.#within(url, signal, (limit) => web.resolve(place.host, limit));
    requirePublic(place.host, addresses, isAllowed);
    if (addresses.some((host) => this.#deps.isBlocked({ host }))) throw blocked(place.host);
    let failure = new AppError('peer.unreachable', { address: place.host, why: 'it has no address' });
    for (const address of addresses.slice(0, MAX_ADDRESSES)) {
      const connection = web.open(url, address);
      try {
        return { connection, address, head: await this.#within(url, signal, (limit) => probe(connection, limit)) };
      } catch (error) {
        connection.close();
        failure = toAppError(error);
        if (signal.aborted || !ADDRESS_FAILURES.has(failure.code)) break;
      }
    }
    throw failure;
  }

  #judge(url: WebUrl, { connection, address, head }: Answered): WebSeedConnection | PlainRefusal {
    const { status, headers } = head;
    if (status !== 200 && status !== 206) {
      connection.close();
      return readPlainRefusal(status, headers);
    }
    const size = status === 206 ? parseContentRange(headers['content-range'] ?? '')?.size : lengthOf(headers);
    const { host } = placeOf(url);
    if (size === undefined || size === 0 || size > MAX_FILE_BYTES) {
      connection.close();
      throw new AppError('peer.protocol', { address: host, why: 'it does not tell the size of the file' });
    }
    const known = { size, hasRanges: status === 206, host, address };
    const open = new SeedConnection(connection, known, () => {
      this.#connections.delete(open);
      this.#give(host);
    });
    this.#connections.add(open);
    return open;
  }

  async #within<T>(url: WebUrl, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { clock, settings } = this.#deps;
    const late = new AbortController();
    const timer = clock.setTimer(settings()['overlay.request-timeout'], () =>
      late.abort(new AppError('peer.timeout', { address: placeOf(url).host })),
    );
    try {
      return await work(AbortSignal.any([signal, late.signal]));
    } finally {
      timer.cancel();
    }
  }

  get #most(): number {
    return this.#deps.settings()['download.web-connections'];
  }

  #take(host: string): boolean {
    const open = this.#open.get(host) ?? 0;
    if (open >= this.#most) return false;
    this.#open.set(host, open + 1);
    return true;
  }

  #give(host: string): void {
    const open = (this.#open.get(host) ?? 1) - 1;
    if (open === 0) this.#open.delete(host);
    else this.#open.set(host, open);
  }
}

class SeedConnection implements WebSeedConnection {
  readonly size: number;
  readonly hasRanges: boolean;
  readonly host: string;
  readonly address: string;
  readonly #connection: WebConnection;
  readonly #closed: () => void;
  /** Those whose range is not over. */
  readonly #sinks = new Set<RangeSink>();
  #isClosed = false;

  constructor(
    connection: WebConnection,
    { size, hasRanges, host, address }: Pick<SeedConnection, 'size' | 'hasRanges' | 'host' | 'address'>,
    closed: () => void,
  ) {
    this.#connection = connection;
    this.size = size;
    this.hasRanges = hasRanges;
    this.host = host;
    this.address = address;
    this.#closed = closed;
  }

  fetch(range: { readonly start: number; readonly end: number }, to: RangeSink): void {
    const sink = this.#noting(to);
    // A whole file is never short: whoever sends less breaks the connection.
    if (this.hasRanges) new WholeRange(range, sink, (rest, whole) => this.#connection.fetch(rest, whole)).start();
    else this.#connection.fetch({ ...range, isWhole: true }, sink);
  }

  resume(): void {
    this.#connection.resume();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#connection.close();
    this.#closed();
  }

  /** Closes, and whoever waits for bytes hears why. */
  end(error: AppError): void {
    const waiting = [...this.#sinks];
    this.#sinks.clear();
    this.close();
    for (const sink of waiting) sink.failed(error);
  }

  #noting(sink: RangeSink): RangeSink {
    this.#sinks.add(sink);
    return {
      head: (status, headers) => sink.head(status, headers),
      room: () => sink.room(),
      filled: (bytes) => sink.filled(bytes),
      end: () => {
        this.#sinks.delete(sink);
        sink.end();
      },
      failed: (error) => {
        if (this.#sinks.delete(sink)) sink.failed(error);
      },
    };
  }
}

const blocked = (host: string): AppError => new AppError('web.not-allowed', { host, why: 'it is on the block list' });

function probe(connection: WebConnection, signal: AbortSignal): Promise<Head> {
  const { promise, resolve, reject } = Promise.withResolvers<Head>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  let head: Head | undefined;
  const room = new Uint8Array(PROBE.end - PROBE.start);
  connection.fetch(PROBE, {
    head: (status, headers) => {
      head = { status, headers };
    },
    room: () => room,
    filled: () => undefined,
    end: () => (head ? resolve(head) : reject(new AppError('internal', { why: 'an answer without a head' }))),
    failed: reject,
  });
  return promise.finally(() => signal.removeEventListener('abort', onAbort));
}

function lengthOf(headers: Headers): number | undefined {
  const length = headers['content-length'] ?? '';
  return /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}
