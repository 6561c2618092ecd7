import type { UploadView } from '../../contract/transfer.ts';
import type { Transfer } from './transfer.ts';
import type { Place } from './upload-queue.ts';
import type { Slot, WantedFile } from './upload-slots.ts';

/** How uploads are shown, and why they stand where they do. */

export function slotView(slot: Slot, transfer: Transfer | undefined, credit: number): UploadView {
  return {
    id: slot.key,
    ...toNamed(slot),
    ...toProgress(transfer),
    state: slot.running > 0 ? 'active' : 'idle',
    place: null,
    why: { waitedMs: Math.round(slot.waitedMs), credit },
  };
}

/** Small files, and chunks of files that this peer loads too, are sent without a slot. */
export function lanedView(transfer: Transfer, credit: number): UploadView {
  return {
    id: transfer.key,
    ...toNamed(transfer.wanted),
    ...toProgress(transfer),
    state: transfer.bodies.size > 0 ? 'active' : 'idle',
    place: null,
    why: { waitedMs: 0, credit },
  };
}

/** `at` counts from 0, the place shown from 1. */
export function placeView(of: { place: Place; at: number; nowMs: number; credit: number }): UploadView {
  const { place, at, nowMs, credit } = of;
  return {
    id: place.key,
    ...toNamed(place),
    ...toProgress(undefined),
    state: 'queued',
    place: at + 1,
    why: { waitedMs: Math.round(nowMs - place.sinceMs), credit },
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
