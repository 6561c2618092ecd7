import type { AppError } from '../contract/errors.ts';
import type { Logger } from './ports/index.ts';

/** How a trouble is told: a sentence when it begins, one when it is over, and the folder that it is about. */
export type TroubleWords = { readonly begins: string; readonly ends: string; readonly folder: string };

/** The words for a folder with shared files or downloads: the same, for it may be both. */
export const FOLDER = { begins: 'a folder cannot be used', ends: 'a folder can be used again' } as const;
/** The words for a data folder that cannot be written to. */
export const DATA_FOLDER = {
  begins: 'the data folder cannot be used',
  ends: 'the data folder can be used again',
} as const;

type Trouble = TroubleWords & { readonly holders: Set<string> };

/**
 * States of this machine that last, a full disk say, and that everything which is tried meanwhile runs into: each is told once when it
 * begins and once when it is over, however many it hinders.
 */
export class Troubles {
  readonly #logger: Logger;
  /** By folder and code: a disk that is full and then away is told twice, but not by each part of this peer that uses it. */
  readonly #troubles = new Map<string, Trouble>();
  readonly #told = new WeakSet<AppError>();

  constructor({ logger }: { readonly logger: Logger }) {
    this.#logger = logger;
  }

  /** Whether this very error was told as a trouble: who meets it further up need not say it again. */
  isTold(error: unknown): boolean {
    return error instanceof Object && this.#told.has(error as AppError);
  }

  /** `who` cannot go on because of `error`. It has one trouble at a time: another one replaces it. */
  begin(who: string, words: TroubleWords, error: AppError): void {
    if (this.#told.has(error)) return;
    this.#told.add(error);
    const key = `${words.folder} ${error.code}`;
    const known = this.#troubles.get(key);
    if (known?.holders.has(who)) return;
    this.forget(who);
    if (known) known.holders.add(who);
    else {
      this.#troubles.set(key, { ...words, holders: new Set([who]) });
      this.#logger.warn(words.begins, { folder: words.folder, error });
    }
  }

  /** `who` goes on. */
  end(who: string): void {
    for (const { ends, folder } of this.#leave(who)) this.#logger.info(ends, { folder });
  }

  /** `who` is no more, or has another trouble. */
  forget(who: string): void {
    this.#leave(who);
  }

  /** Troubles that hinder nobody any more. */
  #leave(who: string): Trouble[] {
    const over: Trouble[] = [];
    for (const [key, trouble] of this.#troubles) {
      if (!trouble.holders.delete(who) || trouble.holders.size > 0) continue;
      this.#troubles.delete(key);
      over.push(trouble);
    }
    return over;
  }
}
