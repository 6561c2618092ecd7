import type { EngineApi } from '../contract/api.ts';
import { type DownloadState, type DownloadView, goesOnWithAll } from '../contract/transfer.ts';

/** What the tray and the power-save blocker need to know. Rates are bytes a second. */
export type TransferSums = {
  readonly downRate: number;
  readonly upRate: number;
  readonly isTransferring: boolean;
  readonly canPause: boolean;
  readonly canResume: boolean;
};
export const NO_TRANSFERS: TransferSums = {
  downRate: 0,
  upRate: 0,
  isTransferring: false,
  canPause: false,
  canResume: false,
};

type Deps = {
  readonly api: EngineApi;
  readonly onSums: (sums: TransferSums) => void;
  readonly onTrouble: (error: unknown) => void;
};

const LOOK_MS = 2000;
/** A change of state is seen at once; a burst of them once. */
const SOON_MS = 100;
const RUNNING: ReadonlySet<DownloadState> = new Set(['searching', 'queued', 'downloading', 'verifying']);
const MOVING: ReadonlySet<DownloadState> = new Set(['downloading', 'verifying']);

/** Looks at all transfers every two seconds, and when a download changed. */
export class TransferWatch {
  readonly #deps: Deps;
  #timer: NodeJS.Timeout | undefined;
  #states = new Map<string, DownloadState>();
  #off: readonly (() => void)[] = [];
  #isStopped = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  start(): void {
    const soon = () => this.#lookIn(SOON_MS);
    const { api } = this.#deps;
    this.#off = [
      api.on('download.progress', ({ id, state }) => {
        if (this.#states.get(id) !== state) soon();
      }),
      api.on('download.done', soon),
      api.on('download.failed', soon),
    ];
    this.#lookIn(0);
  }

  /** Idempotent. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    for (const off of this.#off) off();
  }

  /** Pauses or resumes every download that can be, but for those whose user is asked something; one that fails does not keep the others. */
  async setPaused(isPaused: boolean): Promise<void> {
    const downloads = await this.#deps.api.query('downloads', {});
    const wanted = downloads.filter(({ state, reason }) =>
      isPaused ? RUNNING.has(state) : goesOnWithAll({ state, reason }),
    );
    const name = isPaused ? 'download.pause' : 'download.resume';
    await Promise.allSettled(wanted.map(({ id }) => this.#deps.api.command(name, { id })));
    this.#lookIn(0);
  }

  #lookIn(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#isStopped) this.#timer = setTimeout(() => void this.#look(), ms);
  }

  async #look(): Promise<void> {
    try {
      const { api } = this.#deps;
      const [downloads, uploads] = await Promise.all([api.query('downloads', {}), api.query('uploads', {})]);
      if (this.#isStopped) return;
      this.#states = new Map(downloads.map(({ id, state }) => [id, state]));
      const isSending = uploads.some(({ state }) => state === 'active');
      this.#deps.onSums({ ...sumDownloads(downloads, isSending), upRate: sumRates(uploads) });
    } catch (error) {
      this.#deps.onTrouble(error);
    } finally {
      this.#lookIn(LOOK_MS);
    }
  }
}

const sumDownloads = (downloads: readonly DownloadView[], isSending: boolean) => ({
  downRate: sumRates(downloads),
  isTransferring: isSending || downloads.some(({ state }) => MOVING.has(state)),
  canPause: downloads.some(({ state }) => RUNNING.has(state)),
  canResume: downloads.some(goesOnWithAll),
});

const sumRates = (transfers: readonly { readonly rate: number }[]): number =>
  transfers.reduce((sum, { rate }) => sum + rate, 0);
