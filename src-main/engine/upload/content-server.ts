import { AppError } from '../../contract/errors.ts';
import { type ContentHash, type NodeId, parseContentHash } from '../../contract/ids.ts';
import type { UploadView } from '../../contract/transfer.ts';
import type { IncomingRequest, OutgoingResponse, Remote, Sha256, StreamBody } from '../ports/index.ts';
import { isStream } from '../ports/is-stream.ts';
import { errorAnswer } from '../wire/http-answer.ts';
import { answerChunks } from './chunks-answer.ts';
import { answerFile } from './file-answer.ts';
import { answerTree } from './layer-answers.ts';
import { RequestLimits } from './request-limits.ts';
import { badRequest, notFound, retryLater, tooManyRequests } from './responses.ts';
import { answerShares } from './shares-answer.ts';
import { answerSources, type FindSources, type SourcesDeps } from './sources-answer.ts';
import { type Met, Swarms } from './swarms.ts';
import { type ShutOut, type UploadLoad, Uploads, type UploadsDeps } from './uploads.ts';

export type ContentServerDeps = UploadsDeps & {
  readonly sha256: Sha256;
  readonly sources: FindSources;
  /** Bytes of a content that this peer, which loads it too, had from another one. */
  readonly given: (hash: ContentHash, node: NodeId) => number;
  readonly met: Met;
  /** Who is not named to others, and of what nobody is. */
  readonly isUnnamed?: SourcesDeps['isUnnamed'];
  /** A remote crossed a limit and went on. */
  readonly strike: (remote: Remote, why: string) => void;
};

const CONTENT = /^\/content\/([0-9a-fA-F]{64})(?:\/(chunks|tree|sources))?$/;
/** A disk that failed just now is asked again after this. */
const DISK_PAUSE_MS = 30_000;

/** What this peer sends to others: `/content/…` to everybody, `/shares` to peers (protocol sections 5 and 10). */
export class ContentServer {
  readonly #deps: ContentServerDeps;
  readonly #uploads: Uploads;
  readonly #limits: RequestLimits;
  readonly #swarms: Swarms;

  constructor(deps: ContentServerDeps) {
    this.#deps = deps;
    this.#uploads = new Uploads(deps);
    this.#limits = new RequestLimits(deps);
    this.#swarms = new Swarms(deps);
  }

  start(): Promise<void> {
    return this.#uploads.start();
  }

  /** Cuts what is being sent and writes the queue down. Idempotent. */
  stop(): Promise<void> {
    return this.#uploads.stop();
  }

  /** Answers requests for `/content/…` and `/shares`. */
  async handle(request: IncomingRequest): Promise<OutgoingResponse> {
    const begun = this.#limits.begin(request.remote);
    if ('waitMs' in begun) return tooManyRequests(begun.waitMs);
    try {
      const response = await this.#answer(request);
      const { body } = response;
      if (isStream(body)) return { ...response, body: endingWith(body, begun.end) };
      begun.end();
      return response;
    } catch (error) {
      begun.end();
      return this.#failed(request, error);
    }
  }

  /** Ends sending a content that is shared no more, at once. */
  withdraw(hash: ContentHash): void {
    this.#uploads.withdraw(hash);
  }

  /** The same for every content that is shared no more. */
  withdrawUnshared(): Promise<void> {
    return this.#uploads.withdrawUnshared();
  }

  /** The block list has changed: what is being sent of such contents, or to such peers, ends at once. */
  shutOut(shutOut: ShutOut): void {
    this.#uploads.shutOut(shutOut);
  }

  /** Further chunks of a file that is still loading may be had. */
  partGrew(hash: ContentHash): void {
    this.#swarms.news(hash);
  }

  uploads(): readonly UploadView[] {
    return this.#uploads.views();
  }

  /** Limits one upload, bytes a second; 0: the settings hold. Fails with input.unknown when there is none of that id. */
  limit(id: string, rate: number): void {
    if (!this.#uploads.limit(id, rate)) {
      throw new AppError('input.unknown', { what: id, why: 'no upload of that id runs or waits' });
    }
  }

  limitsChanged(): void {
    this.#uploads.limitsChanged();
  }

  /** What `load` messages tell others. */
  load(): UploadLoad {
    return this.#uploads.load();
  }

  /** Calls `listener` when uploads begin, end or begin to wait, until the returned function is called. */
  onChange(listener: () => void): () => void {
    return this.#uploads.onChange(listener);
  }

  async #answer(request: IncomingRequest): Promise<OutgoingResponse> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      const error = new AppError('input.invalid', { what: request.method, why: 'only GET and HEAD are answered' });
      return errorAnswer(405, error, { allow: 'GET, HEAD' });
    }
    if (request.path === '/shares') return answerShares(this.#deps, request);
    const [, text = '', part] = CONTENT.exec(request.path) ?? [];
    const hash = parseContentHash(text);
    if (hash !== undefined) return this.#answerContent(part, { request, hash });
    return request.path.startsWith('/content/') ? badRequest('path', 'it is /content/ and a ContentHash') : notFound();
  }

  #answerContent(
    part: string | undefined,
    asked: { readonly request: IncomingRequest; readonly hash: ContentHash },
  ): Promise<OutgoingResponse> {
    const deps = { ...this.#deps, uploads: this.#uploads, limits: this.#limits, swarms: this.#swarms };
    switch (part) {
      case 'chunks':
        return answerChunks(deps, asked);
      case 'tree':
        return answerTree(deps, asked);
      case 'sources':
        return answerSources(deps, asked);
      default:
        return answerFile(deps, asked);
    }
  }

  /** Reading can fail at any moment: that is this peer's trouble, and the asker's reason to come back later. */
  #failed(request: IncomingRequest, error: unknown): OutgoingResponse {
    // The asker has left: whatever is answered now, nobody reads.
    if (request.signal.aborted) return notFound();
    if (!(error instanceof AppError)) throw error;
    this.#deps.logger.warn('a request for content failed', { path: request.path, error });
    return retryLater(503, 'content.unavailable', DISK_PAUSE_MS);
  }
}

/** The same body, whose end is the end of the request. */
function endingWith(body: StreamBody, end: () => void): StreamBody {
  return {
    length: body.length,
    read: (target) => body.read(target),
    admit: (bytes) => body.admit?.(bytes) ?? Promise.resolve(),
    sent: (bytes) => body.sent?.(bytes),
    close: (complete) => body.close(complete).finally(end),
  };
}
