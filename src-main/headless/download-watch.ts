import type { Events } from '../contract/api.ts';
import { AppError } from '../contract/errors.ts';
import type { DownloadId } from '../contract/ids.ts';
import type { DownloadView } from '../contract/transfer.ts';
import type { ControlClient } from './control-client.ts';
import { DownloadProgress } from './download-progress.ts';
import { EventQueue } from './event-queue.ts';
import { EXIT } from './exit-status.ts';
import type { Output } from './output.ts';
import type { Session } from './session.ts';

type WatchEvent =
  | { readonly event: 'progress'; readonly id: DownloadId; readonly download: DownloadView }
  | ({ readonly event: 'done' } & Events['download.done'])
  | ({ readonly event: 'failed' } & Events['download.failed'])
  | { readonly event: 'interrupted' | 'late' };

/** Shows one download until it ends. Made before the download is added, so that no event is missed. */
export class DownloadWatch {
  readonly #session: Session;
  readonly #peer: ControlClient;
  readonly #out: Output;
  readonly #events = new EventQueue<WatchEvent>();
  readonly #progress: DownloadProgress;

  constructor(session: Session, peer: ControlClient, out: Output) {
    this.#session = session;
    this.#peer = peer;
    this.#out = out;
    this.#progress = new DownloadProgress(out);
    peer.on('download.progress', (download) => this.#events.push({ event: 'progress', id: download.id, download }));
    peer.on('download.done', (data) => this.#events.push({ event: 'done', ...data }));
    peer.on('download.failed', (data) => this.#events.push({ event: 'failed', ...data }));
    void peer.closed.then(() => this.#events.end());
  }

  /** Resolves when the download ended, after `timeoutMs`, or when the user interrupts; the session's status says which. */
  async untilEnd(id: DownloadId, timeoutMs: number | undefined): Promise<void> {
    const { host } = this.#session;
    const uncatch = host.onInterrupt(() => this.#events.push({ event: 'interrupted' }));
    const timer =
      timeoutMs === undefined ? undefined : setTimeout(() => this.#events.push({ event: 'late' }), timeoutMs);
    try {
      for await (const event of this.#events) {
        if ('id' in event && event.id !== id) continue;
        if (this.#show(id, event)) return;
      }
      await this.#failAsGone();
    } finally {
      uncatch();
      clearTimeout(timer);
    }
  }

  /** True when it was the last. */
  #show(id: DownloadId, event: WatchEvent): boolean {
    switch (event.event) {
      case 'progress':
        this.#progress.show(event.download);
        return false;
      case 'done':
        this.#out.answer({ event: 'done', path: event.path }, () => `done: ${event.path}`);
        return true;
      case 'failed':
        this.#out.answer({ event: 'failed', code: event.code }, () => []);
        this.#out.remark(`the download failed: ${new AppError(event.code).message}`);
        break;
      case 'late':
        this.#out.remark(`not complete in time; the download goes on, see "shoal downloads" (${id})`);
        break;
      case 'interrupted':
        this.#out.remark(`the download goes on; see "shoal downloads", end it with "shoal cancel ${id}"`);
    }
    this.#session.status = EXIT.failed;
    return true;
  }

  /** The peer is gone: any call says how. */
  async #failAsGone(): Promise<void> {
    await this.#peer.query('status', {});
  }
}
