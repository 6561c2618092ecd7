import type { ByteRange } from '../../contract/content-range.ts';
import { AppError } from '../../contract/errors.ts';
import type { ContentHash, NodeId } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import type { UploadView } from '../../contract/transfer.ts';
import { CHUNK_BYTES } from '../content/constants.ts';
import type { Clock, Logger, StreamBody, Timer } from '../ports/index.ts';
import type { UploadQueueStore } from '../store/upload-queue-store.ts';
import type { Asker } from './asker.ts';
import { AutoSlots } from './auto-slots.ts';
import { type CreditTerms, NO_CREDIT } from './credit.ts';
import { FileBody } from './file-body.ts';
import type { Crowd, Turn } from './lane.ts';
import { type Lease, type Leased, OpenFiles } from './open-files.ts';
import { PlaceKeeper } from './place-keeper.ts';
import type { ServedFiles } from './served-files.ts';
import { BLOCKED_MS } from './slow-readers.ts';
import { SmallFiles } from './small-files.ts';
import { Swaps } from './swaps.ts';
import { Transfer } from './transfer.ts';
import { UploadLine, type Verdict } from './upload-line.ts';
import { UploadRates } from './upload-rates.ts';
import type { Slot, WantedFile } from './upload-slots.ts';
import { lanedView, placeView, slotView } from './upload-views.ts';

export type UploadsDeps = {
  readonly files: ServedFiles;
  readonly settings: () => Settings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly credit: (node: NodeId) => CreditTerms;
  /** Bytes a second that this peer's line takes; undefined while that is not known. */
  readonly lineBps: () => number | undefined;
  /** Who is to get nothing, by what holds now. */
  readonly isShut?: (asker: Asker) => boolean;
  /** An upload of this file began. */
  readonly began: (wanted: WantedFile) => void;
  readonly queueStore: Pick<UploadQueueStore, 'all' | 'save' | 'replace'>;
  /** Told of all bytes of files that are handed to the system, and for whom; undefined: an anonymous client. */
  readonly sent: (bytes: number, to: Asker) => void;
};
export type Sending = {
  readonly wanted: WantedFile;
  readonly lease: Lease;
  readonly range: ByteRange;
  /** The client said that it needs no further range. */
  readonly last: boolean;
  /** It goes to a peer that this one swaps chunks with, who waits outside the line: its rank there. */
  readonly swapRank: number | undefined;
  readonly signal: AbortSignal;
  /** Called once when bytes were granted, at the end of them, with the first byte that was not sent. */
  readonly ended: (sentTo: number) => void;
};
export type Begun =
  | { readonly kind: 'granted'; readonly body: StreamBody }
  | { readonly kind: 'gone' }
  | Exclude<Verdict, { kind: 'granted' }>;
type BodyEvents = { readonly onSent?: (bytes: number) => void; readonly onClose: () => void };
/** What `load` messages tell others. */
export type UploadLoad = {
  readonly slots: number;
  readonly freeSlots: number;
  readonly queueLength: number;
  readonly rateBps: number;
};

/** Slots end, places lapse and idle files close within this. */
const SWEEP_MS = 1000;

export type ShutOut = {
  readonly isBlocked: (hash: ContentHash) => boolean;
  readonly isShut: (asker: Asker) => boolean;
};

/** Everything that is being sent or waits to be: the line, the lane for small files, rate limits, and their views. */
export class Uploads {
  readonly #files: OpenFiles;
  readonly #deps: UploadsDeps;
  readonly #line: UploadLine;
  readonly #keeper: PlaceKeeper;
  readonly #rates: UploadRates;
  readonly #auto = new AutoSlots();
  #sentBytes = 0;
  /** Of files over 1 MiB. */
  readonly #transfers = new Map<Slot, Transfer>();
  readonly #small: SmallFiles;
  readonly #swaps: Swaps;
  readonly #listeners = new Set<() => void>();
  #isRunning = false;
  /** Set while there is anything that time can end. */
  #timer: Timer | undefined;

  constructor(deps: UploadsDeps) {
    const { settings, clock, logger } = deps;
    this.#deps = deps;
    this.#files = new OpenFiles({ ...deps, onError: (error) => logger.warn('a shared file did not close', { error }) });
    this.#line = new UploadLine({
      settings,
      slots: () => this.#slotCount(),
      credit: (node) => deps.credit(node).credit,
    });
    this.#keeper = new PlaceKeeper({ store: deps.queueStore, clock, logger });
    this.#rates = new UploadRates(deps);
    const laned = { ...deps, rateOf: (key: string) => this.#rates.of(key) };
    this.#small = new SmallFiles(laned);
    this.#swaps = new Swaps(laned);
  }

  /** Brings back the places of those who waited before the restart. */
  async start(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    await this.#keeper.restore(this.#line.queue);
    this.#watch();
  }

  /** Ends what is being sent and writes the places down. Idempotent. */
  async stop(): Promise<void> {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const transfer of this.#all()) for (const body of transfer.bodies) body.cut(new AppError('content.gone'));
    this.#files.closeAll();
    await this.#keeper.save(this.#line.queue);
  }

  /** Opens a shared file for one request. */
  async acquire(hash: ContentHash): Promise<Leased> {
    const leased = await this.#files.acquire(hash);
    this.#watch();
    return leased;
  }

  /** Cuts what is being sent of a content; who asks for it from now on is told what the library says. */
  withdraw(hash: ContentHash): void {
    for (const { wanted, bodies } of this.#all()) {
      if (wanted.hash === hash) for (const body of bodies) body.cut(new AppError('content.gone'));
    }
    this.#files.forget(hash);
  }

  /** The same for all contents that the library does not give any more: what is shared has become less. */
  async withdrawUnshared(): Promise<void> {
    await Promise.all(
      this.#files.contents().map(async (hash) => {
        if (!(await this.#files.isGiven(hash))) this.withdraw(hash);
      }),
    );
  }

  /** The same for all contents that are not to be sent any more, and for all that is being sent to somebody who is to get nothing. */
  shutOut({ isBlocked, isShut }: ShutOut): void {
    for (const { wanted, bodies } of this.#all()) {
      if (isShut(wanted.asker)) for (const body of bodies) body.cut(new AppError('content.gone'));
    }
    for (const hash of this.#files.contents().filter(isBlocked)) this.withdraw(hash);
  }

  /** Decides on one request for bytes. The lease goes over to the body; it is released when there is none. */
  async begin(sending: Sending): Promise<Begun> {
    try {
      const begun = await this.#beginOne(sending);
      if (begun.kind !== 'granted') sending.lease.release();
      return begun;
    } catch (error) {
      sending.lease.release();
      throw error;
    } finally {
      this.#announce();
    }
  }

  /** Active and idle ones first, then those who wait, next first. */
  views(): UploadView[] {
    const nowMs = this.#deps.clock.monotonicMs();
    this.#line.settle(nowMs);
    const { slots, queue } = this.#line;
    const shown = [
      ...[...slots.all()].map((slot) => slotView(slot, this.#transfers.get(slot), this.#terms(slot.asker))),
      ...[...this.#small.all(), ...this.#swaps.all()].map((transfer) =>
        lanedView(transfer, this.#terms(transfer.wanted.asker)),
      ),
      ...queue.ranked(nowMs).map((place, at) => placeView({ place, at, nowMs, terms: this.#terms(place.asker) })),
    ];
    return shown.map((view) => ({ ...view, rateLimit: this.#rates.own(view.id) }));
  }

  /** Limits one upload, bytes a second, for as long as it goes on or waits; 0: the settings hold. False when there is none of that id. */
  limit(id: string, rate: number): boolean {
    if (!this.#isListed(id)) return false;
    this.#rates.set(id, rate);
    return true;
  }

  /** Other limits hold than before: what is to end ends now, not with the next look. */
  limitsChanged(): void {
    this.#endPaused();
    this.#line.settle(this.#deps.clock.monotonicMs());
    this.#announce();
  }

  load(): UploadLoad {
    this.#line.settle(this.#deps.clock.monotonicMs());
    const rateBps = [...this.#all()].reduce((sum, transfer) => sum + transfer.rateBps, 0);
    const { slots, queue } = this.#line;
    return {
      slots: this.#slotCount(),
      freeSlots: slots.free,
      queueLength: queue.size,
      rateBps: Math.round(rateBps),
    };
  }

  /** Calls `listener` when uploads begin, end or begin to wait, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #beginOne(sending: Sending): Begun | Promise<Begun> {
    if (!this.#mayBegin(sending)) return { kind: 'gone' };
    const needsNoSlot = sending.lease.size <= CHUNK_BYTES || sending.swapRank !== undefined;
    if (needsNoSlot && this.#deps.settings()['upload.paused']) return this.#line.turnAway();
    const { wanted, swapRank, signal } = sending;
    if (sending.lease.size <= CHUNK_BYTES) return this.#beginLaned(sending, this.#small.enter(wanted, signal));
    if (swapRank === undefined) return this.#beginLarge(sending);
    return this.#beginLaned(sending, this.#swaps.enter(wanted, swapRank, signal));
  }

  /** Both can have changed while the request waited: that the content may be sent, and that the asker may have it. */
  #mayBegin({ lease, wanted }: Sending): boolean {
    return !lease.isWithdrawn() && !this.#deps.isShut?.(wanted.asker);
  }

  #beginLarge(sending: Sending): Begun {
    const { clock } = this.#deps;
    const { range, last } = sending;
    const verdict = this.#line.ask(sending.wanted, { bytes: range.end - range.start, last }, clock.monotonicMs());
    if (verdict.kind !== 'granted') return verdict;
    const { slot } = verdict;
    const known = this.#transfers.get(slot);
    if (!known) this.#deps.began(sending.wanted);
    const transfer = known ?? new Transfer({ clock, rate: () => this.#rates.of(slot.key) }, slot, slot.key);
    this.#transfers.set(slot, transfer);
    const body = this.#open(transfer, sending, {
      onSent: (bytes) => {
        slot.sent += bytes;
        slot.rateBps = transfer.rateBps;
      },
      onClose: () => {
        this.#line.finish(slot, clock.monotonicMs());
        this.#forgetEnded();
      },
    });
    return { kind: 'granted', body };
  }

  async #beginLaned(sending: Sending, entering: Promise<Turn | Crowd | 'busy'>): Promise<Begun> {
    const turn = await entering;
    if (typeof turn === 'string') return { kind: 'refused', why: turn };
    if (this.#mayBegin(sending)) {
      return { kind: 'granted', body: this.#open(turn.begin(), sending, { onClose: turn.leave }) };
    }
    turn.leave();
    return { kind: 'gone' };
  }

  #open(transfer: Transfer, sending: Sending, on: BodyEvents): StreamBody {
    const { lease, range, signal } = sending;
    const body = new FileBody({
      clock: this.#deps.clock,
      lease,
      range,
      signal,
      isLimited: () => this.#rates.isLimited(transfer),
      admit: (bytes, until) => this.#rates.admit(transfer, bytes, until),
      pieceBytes: () => this.#rates.pieceBytes(transfer),
      onSent: (bytes) => {
        transfer.count(bytes);
        this.#sentBytes += bytes;
        on.onSent?.(bytes);
        this.#deps.sent(bytes, transfer.wanted.asker);
      },
      onClose: () => {
        transfer.closed(body);
        sending.ended(body.readTo);
        on.onClose();
        this.#announce();
      },
    });
    transfer.opened(body);
    return body;
  }

  #slotCount(): number {
    const { 'upload.slots': slots, 'upload.paused': isPaused } = this.#deps.settings();
    return isPaused ? 0 : slots || this.#auto.slots;
  }

  #lookAtSlots(nowMs: number): void {
    if (this.#deps.settings()['upload.paused']) return;
    const { slots, queue } = this.#line;
    const limit = this.#deps.settings()['upload.rate'];
    const line = this.#deps.lineBps();
    const lineBps = limit === 0 ? line : Math.min(limit, line ?? limit);
    this.#auto.look({ nowMs, sentBytes: this.#sentBytes, used: slots.size, waiting: queue.size, lineBps });
  }

  #isListed(id: string): boolean {
    const { slots, queue } = this.#line;
    return slots.get(id) !== undefined || queue.get(id) !== undefined || this.#swaps.has(id) || this.#small.has(id);
  }

  #sweep(): void {
    this.#timer = undefined;
    const nowMs = this.#deps.clock.monotonicMs();
    const { slots, queue } = this.#line;
    const before = slots.size + queue.size;
    this.#lookAtSlots(nowMs);
    this.#endPaused();
    this.#endOverdue(nowMs);
    this.#small.endSlow(nowMs);
    this.#swaps.endSlow(nowMs);
    this.#line.settle(nowMs);
    this.#forgetEnded();
    this.#files.closeUnused();
    this.#keeper.saveSometimes(queue);
    if (slots.size + queue.size !== before) this.#announce();
    this.#watch();
  }

  #endPaused(): void {
    if (!this.#deps.settings()['upload.paused']) return;
    for (const { bodies } of this.#all()) for (const body of bodies) body.endAtChunk(new AppError('content.gone'));
  }

  /**
   * The range running outlasts the turn, but not for as long as the reader likes: it ends with a chunk, so that even who is slow gets
   * on; where next to nothing is taken it ends at once.
   */
  #endOverdue(nowMs: number): void {
    const slow = this.#deps.settings()['upload.slow'];
    for (const [slot, transfer] of this.#transfers) {
      const isBlocked = [...transfer.bodies].some(({ blockedMs }) => blockedMs >= BLOCKED_MS);
      const isSlow = isBlocked && (transfer.sent / Math.max(1, nowMs - slot.takenMs)) * 1000 < slow;
      const error = new AppError('content.stalled', { seconds: BLOCKED_MS / 1000 });
      if (isSlow && this.#line.isOverdue(slot, nowMs)) {
        this.#line.end(slot, nowMs);
        for (const body of transfer.bodies) body.cut(error);
      } else if (this.#line.hasOverrun(slot, nowMs)) {
        for (const body of transfer.bodies) body.endAtChunk(error);
      }
    }
  }

  #terms({ nodeId }: Asker): CreditTerms {
    return nodeId === undefined ? NO_CREDIT : this.#deps.credit(nodeId);
  }

  #watch(): void {
    const { slots, queue } = this.#line;
    const laned = this.#small.size + this.#swaps.size;
    const busy = slots.size + queue.size + this.#files.size + this.#keeper.size + laned;
    if (!this.#isRunning || busy === 0) return;
    this.#timer ??= this.#deps.clock.setTimer(SWEEP_MS, () => this.#sweep());
  }

  #forgetEnded(): void {
    for (const slot of this.#transfers.keys()) {
      if (this.#line.slots.get(slot.key) !== slot) this.#transfers.delete(slot);
    }
    this.#swaps.forgetEnded(this.#deps.clock.monotonicMs());
    this.#rates.prune((id) => this.#isListed(id));
  }

  *#all(): Iterable<Transfer> {
    yield* this.#transfers.values();
    yield* this.#small.all();
    yield* this.#swaps.all();
  }

  #announce(): void {
    for (const listener of this.#listeners) listener();
  }
}
