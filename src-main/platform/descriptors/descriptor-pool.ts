import { basename } from 'node:path';
import type { FileType } from '../../contract/descriptor.ts';
import { AppError } from '../../contract/errors.ts';
import type { PassiveType } from '../../contract/media.ts';
import { endingOf, typeOfEnding } from '../../engine/content/file-type.ts';
import type { DescriptorReader, FileDescription, Logger } from '../../engine/ports/index.ts';
import type { DecodedMetalink } from '../../engine/wire/metalink.ts';
import type { DecodedSharesPage } from '../../engine/wire/shares-page.ts';
import { HASH_IDLE_MS, hashThreads } from '../hash-pool.ts';
import { WorkerPool } from '../pool/worker-pool.ts';
import { workerUrl } from '../worker-url.ts';
import type { HashWorkerApi } from '../workers/hash-worker.ts';
import { DESCRIBE_BUFFER_BYTES, DESCRIBE_MEMORY_MIB, DESCRIBE_TIME_MS } from './limits.ts';

type Options = {
  readonly logger: Logger;
  readonly threads?: number;
  readonly idleMs?: number;
  readonly timeLimitMs?: number;
};

/** Reads descriptors in worker threads of their own: one that hangs or swells is ended, and costs no hash. */
export class DescriptorPool implements DescriptorReader {
  readonly #pool: WorkerPool<HashWorkerApi>;
  readonly #logger: Logger;
  readonly #timeLimitMs: number;
  #stopped = false;

  constructor({ logger, threads = hashThreads(), idleMs = HASH_IDLE_MS, timeLimitMs = DESCRIBE_TIME_MS }: Options) {
    this.#logger = logger;
    this.#timeLimitMs = timeLimitMs;
    const limits = {
      resourceLimits: { maxOldGenerationSizeMb: DESCRIBE_MEMORY_MIB },
      bufferBytes: DESCRIBE_BUFFER_BYTES,
    };
    this.#pool = new WorkerPool({ url: workerUrl('hash-worker'), threads, depth: 1, idleMs, ...limits });
  }

  /** Fails with disk.* when the file cannot be opened, or with the signal's reason. */
  async describe(path: string, signal?: AbortSignal): Promise<FileDescription> {
    try {
      return await this.#pool.run('describe', [path], { signal, timeLimitMs: this.#timeLimitMs });
    } catch (error) {
      if (this.#stopped || !(error instanceof AppError) || error.code !== 'internal') throw error;
      this.#logger.warn('a file could not be described', { path, why: error.message });
      return { type: typeOfEnding(endingOf(basename(path))), extracted: {} };
    }
  }

  passiveType(beginning: Uint8Array): Promise<PassiveType | undefined> {
    return this.#judged(() => this.#pool.run('passiveType', [beginning], { timeLimitMs: this.#timeLimitMs }));
  }

  contentType(beginning: Uint8Array): Promise<FileType | undefined> {
    return this.#judged(() => this.#pool.run('contentType', [beginning], { timeLimitMs: this.#timeLimitMs }));
  }

  readPage(page: Uint8Array): Promise<DecodedSharesPage> {
    return this.#bounded(() => this.#pool.run('readPage', [page], { timeLimitMs: this.#timeLimitMs }));
  }

  readMetalink(text: string): Promise<DecodedMetalink> {
    return this.#bounded(() => this.#pool.run('readMetalink', [text], { timeLimitMs: this.#timeLimitMs }));
  }

  /** Ends the threads; what they still read fails. Idempotent. */
  stop(): Promise<void> {
    this.#stopped = true;
    return this.#pool.stop();
  }

  async #judged<T>(judge: () => Promise<T>): Promise<T | undefined> {
    try {
      return await judge();
    } catch (error) {
      if (this.#stopped || !(error instanceof AppError) || error.code !== 'internal') throw error;
      this.#logger.warn('the beginning of a file could not be judged', { why: error.message });
      return undefined;
    }
  }

  async #bounded<T>(read: () => Promise<T>): Promise<T | { readonly ok: false; readonly why: string }> {
    try {
      return await read();
    } catch (error) {
      if (this.#stopped || !(error instanceof AppError) || error.code !== 'internal') throw error;
      return { ok: false, why: 'it takes too long or too much memory to read' };
    }
  }
}
