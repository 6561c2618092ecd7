import type { ByteRange } from '../../contract/content-range.ts';
import { AppError } from '../../contract/errors.ts';
import { CHUNK_BYTES } from '../content/constants.ts';
import type { Clock, StreamBody } from '../ports/index.ts';
import type { Lease } from './open-files.ts';

type Deps = {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly lease: Lease;
  readonly range: ByteRange;
  /** Aborts when nobody is there any more to send to. */
  readonly signal: AbortSignal;
  /** Whether bytes have to wait for leave now. */
  readonly isLimited: () => boolean;
  /** Waits until the bytes may go. */
  readonly admit: (bytes: number, signal: AbortSignal) => Promise<void>;
  /** Bytes that one piece may have now. */
  readonly pieceBytes: () => number;
  readonly onSent: (bytes: number) => void;
  /** Called once, whatever happens. */
  readonly onClose: (body: FileBody) => void;
};

/** A file being sent is looked at this often, and after the last byte was read: a change in it ends the answer. */
const LOOK_MS = 1000;

/** One range of a file as a body. A file that changes meanwhile cuts the connection: wrong bytes are never sent knowingly. */
export class FileBody implements StreamBody {
  readonly length: number;
  readonly #deps: Deps;
  /** Made when somebody waits for leave to send: most bodies are never cut, and never wait. */
  #cut: AbortController | undefined;
  #over: AbortSignal | undefined;
  #cutBy: AppError | undefined;
  #position: number;
  readonly #beganMs: number;
  #lookedMs: number;
  #sentBytes = 0;
  #closed = false;
  /** Where the answer ends though more was asked for. */
  #end = { position: Number.POSITIVE_INFINITY, error: new AppError('content.gone') };
  #wake: (() => void) | undefined;
  /** Bytes that may go and that the system has not taken yet; since when it takes none. */
  #pendingBytes = 0;
  #pendingSinceMs = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.length = deps.range.end - deps.range.start;
    this.#position = deps.range.start;
    this.#beganMs = deps.clock.monotonicMs();
    this.#lookedMs = this.#beganMs;
  }

  async read(target: Uint8Array): Promise<number> {
    const { lease, range, pieceBytes } = this.#deps;
    if (this.#position >= this.#end.position) await this.#drained().then(() => this.cut(this.#end.error));
    if (this.#cutBy) throw this.#cutBy;
    const until = Math.min(range.end, this.#end.position);
    const length = Math.min(target.length, until - this.#position, Math.max(1, pieceBytes()));
    const read = await lease.handle.read(target.subarray(0, length), this.#position);
    if (read === 0) throw new AppError('content.gone');
    this.#position += read;
    await this.#lookAgain();
    return read;
  }

  /** What of the file it sends. */
  get range(): ByteRange {
    return this.#deps.range;
  }

  /** The first byte that was not read: all before it is with the system, or was lost with the connection. */
  get readTo(): number {
    return this.#position;
  }

  /** How long the reader has been taking nothing; 0 while this peer itself holds the bytes back. */
  get blockedMs(): number {
    return this.#pendingBytes > 0 ? this.#deps.clock.monotonicMs() - this.#pendingSinceMs : 0;
  }

  async admit(bytes: number): Promise<void> {
    if (this.#deps.isLimited()) await this.#wait(bytes);
    if (this.#pendingBytes === 0) this.#pendingSinceMs = this.#deps.clock.monotonicMs();
    this.#pendingBytes += bytes;
  }

  /** How long it has been going on, and how much the reader has taken of it. */
  progress(nowMs: number): { readonly ageMs: number; readonly sentBytes: number } {
    return { ageMs: nowMs - this.#beganMs, sentBytes: this.#sentBytes };
  }

  sent(bytes: number): void {
    this.#sentBytes += bytes;
    this.#pendingBytes -= bytes;
    this.#pendingSinceMs = this.#deps.clock.monotonicMs();
    this.#deps.onSent(bytes);
    this.#wake?.();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#deps.lease.release();
    this.#deps.onClose(this);
  }

  /** Ends the answer: the next read fails, and with it the connection. */
  cut(error: AppError): void {
    this.#cutBy ??= error;
    this.#cut?.abort(error);
    this.#wake?.();
  }

  /** Ends the answer after the chunk that is being sent: the reader can use all that it has then. */
  endAtChunk(error: AppError): void {
    const position = Math.ceil(this.#position / CHUNK_BYTES) * CHUNK_BYTES;
    if (position < this.#end.position) this.#end = { position, error };
  }

  /** Resolves when the system has taken everything that was read, or nobody wants it any more. */
  async #drained(): Promise<void> {
    const { signal } = this.#deps;
    const wake = () => this.#wake?.();
    signal.addEventListener('abort', wake);
    while (this.#pendingBytes > 0 && !this.#cutBy && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    signal.removeEventListener('abort', wake);
  }

  async #wait(bytes: number): Promise<void> {
    if (this.#cutBy) throw this.#cutBy;
    this.#cut ??= new AbortController();
    this.#over ??= AbortSignal.any([this.#deps.signal, this.#cut.signal]);
    await this.#deps.admit(bytes, this.#over);
  }

  async #lookAgain(): Promise<void> {
    const nowMs = this.#deps.clock.monotonicMs();
    if (nowMs - this.#lookedMs < LOOK_MS && this.#position < this.#deps.range.end) return;
    this.#lookedMs = nowMs;
    if (!(await this.#deps.lease.look())) throw new AppError('content.gone');
  }
}
