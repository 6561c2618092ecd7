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

/** `left`: those that have not ended. */
type Watched = { readonly ids: readonly DownloadId[]; readonly left: ReadonlySet<DownloadId> };

/** Shows downloads until they have ended. Made before they are added, so that no event is missed. */
export class DownloadWatch {
  readonly #session: Session;
  readonly #peer: ControlClient;
  readonly #out: Output;
  readonly #events = new EventQueue<WatchEvent>();
  readonly #progress = new Map<DownloadId, DownloadProgress>();

  constructor(session: Session, peer: ControlClient, out: Output) {
    this.#session = session;
    this.#peer = peer;
    this.#out = out;
    peer.on('download.progress', (download) => this.#events.push({ event: 'progress', id: download.id, download }));
    peer.on('download.done', (data) => this.#events.push({ event: 'done', ...data }));
    peer.on('download.failed', (data) => this.#events.push({ event: 'failed', ...data }));
    void peer.closed.then(() => this.#events.end());
  }

  /** Resolves when all have ended, after `timeoutMs`, or when the user interrupts; the session's status says which. */
  async untilEnd(ids: readonly DownloadId[], timeoutMs: number | undefined): Promise<void> {
    const { host } = this.#session;
    const uncatch = host.onInterrupt(() => this.#events.push({ event: 'interrupted' }));
    const timer =
      timeoutMs === undefined ? undefined : setTimeout(() => this.#events.push({ event: 'late' }), timeoutMs);
    try {
      const left = new Set(ids);
      for await (const event of this.#events) {
        if ('id' in event && !left.has(event.id)) continue;
        const isLast = this.#show(event, { ids, left });
        if (isLast && 'id' in event) left.delete(event.id);
        if (isLast && (left.size === 0 || !('id' in event))) return;
      }
      await this.#failAsGone();
    } finally {
      uncatch();
      clearTimeout(timer);
    }
  }

  /** True when it was the last, of one download or of all. */
  #show(event: WatchEvent, { ids, left }: Watched): boolean {
    // Where there are several each line says of which it is.
    const named = 'id' in event && ids.length > 1 ? { id: event.id } : {};
    const [first = ''] = left;
    switch (event.event) {
      case 'progress':
        this.#progressOf(event.id).show(event.download, named);
        return false;
      case 'done':
        this.#out.answer({ event: 'done', ...named, path: event.path }, () => `done: ${event.path}`);
        return true;
      case 'failed':
        this.#out.answer({ event: 'failed', ...named, code: event.code }, () => []);
        this.#out.remark(`the download failed: ${new AppError(event.code).message}`);
        break;
      case 'late':
        this.#out.remark(`not complete in time; the download goes on, see "shoal downloads" (${[...left].join(', ')})`);
        break;
      case 'interrupted':
        this.#out.remark(`the download goes on; see "shoal downloads", end it with "shoal cancel ${first}"`);
    }
    this.#session.status = EXIT.failed;
    return true;
  }

  #progressOf(id: DownloadId): DownloadProgress {
    const progress = this.#progress.get(id) ?? new DownloadProgress(this.#out);
    this.#progress.set(id, progress);
    return progress;
  }

  /** The peer is gone: any call says how. */
  async #failAsGone(): Promise<void> {
    await this.#peer.query('status', {});
  }
}
