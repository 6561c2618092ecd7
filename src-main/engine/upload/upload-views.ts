import type { UploadView } from '../../contract/transfer.ts';
import type { CreditTerms } from './credit.ts';
import type { Transfer } from './transfer.ts';
import type { Place } from './upload-queue.ts';
import type { Slot, WantedFile } from './upload-slots.ts';

/** What the limits say of each is added by who keeps them. */
type Shown = Omit<UploadView, 'rateLimit'>;

/** How uploads are shown, and why they stand where they do. */

export function slotView(slot: Slot, transfer: Transfer | undefined, terms: CreditTerms): Shown {
  return {
    id: slot.key,
    ...toNamed(slot),
    ...toProgress(transfer),
    state: slot.running > 0 ? 'active' : 'idle',
    place: null,
    why: toWhy(slot.waitedMs, terms),
  };
}

/** Small files, and chunks of files that this peer loads too, are sent without a slot. */
export function lanedView(transfer: Transfer, terms: CreditTerms): Shown {
  return {
    id: transfer.key,
    ...toNamed(transfer.wanted),
    ...toProgress(transfer),
    state: transfer.bodies.size > 0 ? 'active' : 'idle',
    place: null,
    why: toWhy(0, terms),
  };
}

/** `at` counts from 0, the place shown from 1. */
export function placeView(of: { place: Place; at: number; nowMs: number; terms: CreditTerms }): Shown {
  const { place, at, nowMs, terms } = of;
  return {
    id: place.key,
    ...toNamed(place),
    ...toProgress(undefined),
    state: 'queued',
    place: at + 1,
    why: toWhy(nowMs - place.sinceMs, terms),
  };
}

function toNamed({
  asker,
  hash,
  name,
  size,
}: WantedFile): Pick<UploadView, 'node' | 'address' | 'hash' | 'name' | 'size'> {
  return { node: asker.nodeId ?? null, address: asker.address, hash, name, size: size ?? null };
}

function toProgress(transfer: Transfer | undefined): Pick<UploadView, 'sent' | 'rate' | 'from' | 'to'> {
  const range = transfer?.range;
  return {
    from: range?.start ?? null,
    to: range?.end ?? null,
    sent: transfer?.sent ?? 0,
    rate: Math.round(transfer?.rateBps ?? 0),
  };
}

function toWhy(waitedMs: number, { credit, received, sent }: CreditTerms): UploadView['why'] {
  return {
    waitedMs: Math.max(0, Math.round(waitedMs)),
    credit,
    received: Math.round(received),
    sent: Math.round(sent),
  };
}
