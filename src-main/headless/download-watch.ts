import type { Events } from '../contract/api.ts';
import { AppError } from '../contract/errors.ts';
import type { DownloadId } from '../contract/ids.ts';
import type { DownloadView } from '../contract/transfer.ts';
import type { ControlClient } from './control-client.ts';
import { DownloadProgress } from './download-progress.ts';
import { EventQueue } from './event-queue.ts';
import { EXIT } from './exit-status.ts';
import { safeText } from './format.ts';
import type { Output } from './output.ts';
import type { Session } from './session.ts';

type WatchEvent =
  | { readonly event: 'progress'; readonly id: DownloadId; readonly download: DownloadView }
  | ({ readonly event: 'done' } & Events['download.done'])
  | ({ readonly event: 'failed' } & Events['download.failed'])
  | { readonly event: 'interrupted' | 'late' };

/** `left`: those that have not ended; `held`: those of them that wait for the user only. */
type Watched = {
  readonly ids: readonly DownloadId[];
  readonly left: Set<DownloadId>;
  readonly held: Map<DownloadId, DownloadView>;
};

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

  /**
   * Resolves when all have ended, after `timeoutMs`, or when the user interrupts; without a timeout also when all that are left wait for the
   * user. The session's status says which.
   */
  async untilEnd(ids: readonly DownloadId[], timeoutMs: number | undefined): Promise<void> {
    const { host } = this.#session;
    const uncatch = host.onInterrupt(() => this.#events.push({ event: 'interrupted' }));
    const timer =
      timeoutMs === undefined ? undefined : setTimeout(() => this.#events.push({ event: 'late' }), timeoutMs);
    try {
      const watched = { ids, left: new Set(ids), held: new Map() };
      await this.#look(watched);
      for await (const event of this.#events) {
        const isOver = this.#take(event, watched);
        if (isOver) return;
        if (timer === undefined && watched.held.size === watched.left.size) return this.#endHeld(watched);
      }
      await this.#failAsGone();
    } finally {
      uncatch();
      clearTimeout(timer);
    }
  }

  /** Of one that was on its way before, nothing may be told for long. */
  async #look({ left }: Watched): Promise<void> {
    for (const download of await this.#peer.query('downloads', {}))
      if (left.has(download.id)) this.#events.push({ event: 'progress', id: download.id, download });
  }

  /** True when there is nothing more to wait for. */
  #take(event: WatchEvent, watched: Watched): boolean {
    const { left, held } = watched;
    if ('id' in event && !left.has(event.id)) return false;
    const isLast = this.#show(event, watched);
    if (!('id' in event)) return isLast;
    if (event.event === 'progress' && waitsForUser(event.download)) held.set(event.id, event.download);
    else held.delete(event.id);
    if (isLast) left.delete(event.id);
    return left.size === 0;
  }

  #endHeld({ held }: Watched): void {
    for (const download of held.values()) this.#out.remark(howToGoOn(download));
    this.#session.status = EXIT.failed;
  }

  /** True when it was the last, of one download or of all. */
  #show(event: WatchEvent, { ids, left, held }: Watched): boolean {
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
        this.#tellLate([...left].filter((id) => !held.has(id)));
        for (const download of held.values()) this.#out.remark(howToGoOn(download));
        break;
      case 'interrupted':
        this.#out.remark(`the download goes on; see "shoal downloads", end it with "shoal cancel ${first}"`);
    }
    this.#session.status = EXIT.failed;
    return true;
  }

  #tellLate(going: readonly DownloadId[]): void {
    const goesOn = going.length > 0 ? `; the download goes on, see "shoal downloads" (${going.join(', ')})` : '';
    this.#out.remark(`not complete in time${goesOn}`);
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

/** Paused by him, by a rule of his, or for a question to him: nothing else ends that. */
const waitsForUser = ({ state, reason }: DownloadView): boolean =>
  state === 'paused' && (reason === null || reason === 'download.disguised' || reason === 'content.blocked');

function howToGoOn({ id, name, blockedBy }: DownloadView): string {
  const how = blockedBy === null ? `"shoal resume ${id}"` : '"shoal block remove RULE"';
  return `${safeText(name)} waits for you: ${how} has it go on, "shoal cancel ${id}" ends it`;
}
