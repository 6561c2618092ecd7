import type { Socket } from 'node:net';
import { formatAddress, type PeerAddress } from '../../contract/address.ts';
import { AppError } from '../../contract/errors.ts';
import type { ContentFetch } from './content-fetch.ts';
import { HttpResponseParser } from './http-response-parser.ts';
import { toPeerError } from './socket-error.ts';

/** Where the answer of the first waiting fetch is. */
type Body = { readonly kind: 'body'; left: number; readonly isWanted: boolean };
type Reading = { readonly kind: 'head' } | Body;

const HEAD: Reading = { kind: 'head' };
/**
 * The TLS layer may still give out what it has decrypted after it was told to stop; it reads 64 KiB from the system at once.
 * Ten times that is not what it does.
 */
const MAX_HELD_BYTES = 640 * 1024;

/**
 * Requests on a socket and their answers, read in that order. Bytes of a body go straight to where its sink wants them, if the socket asks
 * `target` where to read to.
 */
export class AnswerSocket {
  readonly #socket: Socket;
  readonly #address: PeerAddress;
  readonly #parser = new HttpResponseParser();
  readonly #fetches: ContentFetch[] = [];
  #reading: Reading = HEAD;
  /** Bytes that came while the sink had no room. */
  #held: Uint8Array[] = [];
  #isPaused = false;
  /** The other side has ended, and what is held comes before that. */
  #hasEnded = false;
  #closed: AppError | undefined;
  /** Where the sink wants the next bytes of the body, while the socket may write there. */
  #direct: Uint8Array | undefined;

  constructor(socket: Socket, address: PeerAddress) {
    this.#socket = socket;
    this.#address = address;
    socket
      .on('error', (error) => this.#fail(toPeerError(error, address)))
      .on('end', () => this.#ended())
      .on('close', () => this.#ended());
  }

  get isOpen(): boolean {
    return this.#closed === undefined && !this.#hasEnded;
  }

  /** Sends a request whose answer `fetch` takes in its turn. */
  send(fetch: ContentFetch, text: string, body?: Uint8Array): void {
    if (!this.isOpen) {
      const closed = this.#closed ?? this.#closing();
      queueMicrotask(() => fetch.sink.failed(closed));
      return;
    }
    this.#fetches.push(fetch);
    this.#socket.write(text, 'latin1');
    if (body && body.length > 0) this.#socket.write(body);
  }

  resume(): void {
    if (!this.#isPaused || this.#closed) return;
    this.#isPaused = false;
    const held = this.#held;
    this.#held = [];
    for (const bytes of held) this.read(bytes, bytes.length);
    if (this.#isPaused || this.#closed) return;
    if (this.#hasEnded) this.close();
    else this.#socket.resume();
  }

  close(): void {
    this.#fail(this.#closing());
  }

  /** Where the socket should put the next bytes, if they are body that somebody wants; else undefined, for a buffer of its own. */
  target(): Uint8Array | undefined {
    this.#direct = undefined;
    const reading = this.#reading;
    if (this.#closed || this.#isPaused || reading.kind === 'head' || !reading.isWanted) return undefined;
    const room = this.#fetches[0]?.sink.room();
    if (!room?.length) return undefined;
    this.#direct = room.length > reading.left ? room.subarray(0, reading.left) : room;
    return this.#direct;
  }

  /** Takes the first `count` bytes of `buffer`, valid during this call only; false stops the socket until `resume`. */
  read(buffer: Uint8Array, count: number): boolean {
    if (this.#closed) return false;
    if (buffer === this.#direct && this.#reading.kind === 'body') this.#took(count, this.#reading);
    else if (this.#isPaused) this.#hold(buffer.subarray(0, count));
    else this.#consume(buffer.subarray(0, count));
    return !this.#isPaused;
  }

  /** Body bytes that already lie where the sink wants them. */
  #took(count: number, reading: Body): void {
    this.#direct = undefined;
    this.#fetches[0]?.sink.filled(count);
    reading.left -= count;
    if (reading.left === 0) this.#finish();
  }

  #consume(bytes: Uint8Array): void {
    let rest = bytes;
    while (rest.length > 0 && !this.#closed && !this.#isPaused) {
      const used = this.#reading.kind === 'head' ? this.#readHead(rest) : this.#readBody(rest, this.#reading);
      rest = rest.subarray(used);
    }
    if (rest.length > 0 && this.#isPaused) this.#hold(rest);
  }

  #readHead(bytes: Uint8Array): number {
    const fetch = this.#fetches[0];
    const step = this.#parser.push(bytes);
    if ('why' in step) return this.#break(step.why);
    if (!fetch) return this.#break('it sends what nobody asked for');
    const { used, head } = step;
    if (!head) return used;
    const plan = fetch.plan(head);
    if ('why' in plan) return this.#break(plan.why);
    this.#reading = { kind: 'body', left: plan.length, isWanted: plan.isWanted };
    fetch.sink.head(head.status, head.headers);
    if (plan.length === 0) this.#finish();
    return used;
  }

  #readBody(bytes: Uint8Array, reading: Body): number {
    const sink = this.#fetches[0]?.sink;
    let used = Math.min(bytes.length, reading.left);
    if (reading.isWanted) {
      const room = sink?.room();
      if (!room?.length) {
        this.#isPaused = true;
        return 0;
      }
      used = Math.min(used, room.length);
      room.set(used === bytes.length ? bytes : bytes.subarray(0, used));
      sink?.filled(used);
    }
    reading.left -= used;
    if (reading.left === 0) this.#finish();
    return used;
  }

  #finish(): void {
    // The sink may have closed the connection, and was told of it then.
    if (this.#closed) return;
    this.#reading = HEAD;
    this.#fetches.shift()?.sink.end();
  }

  /** The TLS layer tells the end right behind what it has decrypted, to one who reads nothing just now too. */
  #ended(): void {
    if (this.#held.length > 0) this.#hasEnded = true;
    else this.close();
  }

  #closing(): AppError {
    return new AppError('peer.closed', { address: formatAddress(this.#address) });
  }

  #hold(bytes: Uint8Array): void {
    this.#held.push(bytes.slice());
    const held = this.#held.reduce((sum, { length }) => sum + length, 0);
    if (held > MAX_HELD_BYTES) this.#fail(new AppError('internal', { why: 'a paused connection goes on reading' }));
  }

  #break(why: string): 0 {
    this.#fail(new AppError('peer.protocol', { address: formatAddress(this.#address), why }));
    return 0;
  }

  #fail(error: AppError): void {
    if (this.#closed) return;
    this.#closed = error;
    this.#held = [];
    this.#socket.destroy();
    for (const { sink } of this.#fetches.splice(0)) sink.failed(error);
  }
}
