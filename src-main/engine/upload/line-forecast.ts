import { waitingScore } from './credit.ts';

/** Somebody in the line, or who will be in it again. Times are of the monotonic clock. */
export type Waiter = {
  readonly key: string;
  readonly party: string;
  readonly block: string;
  readonly isPeer: boolean;
  readonly credit: number;
  readonly sinceMs: number;
  /** When it asks next. */
  readonly pollMs: number;
  /** For how long it will be sent to, in all turns. */
  readonly needMs: number;
};
/** A slot that is held: until when, and what its owner still needs then. */
export type Held = Omit<Waiter, 'sinceMs' | 'pollMs'> & { readonly untilMs: number };
export type Forecast = {
  readonly nowMs: number;
  readonly held: readonly Held[];
  readonly waiters: readonly Waiter[];
  readonly freeSlots: number;
  /** A turn while others wait, with the mean of what the range running then adds. */
  readonly turnMs: number;
  readonly pollMinMs: number;
};

/** Places that are followed one by one; beyond them the same pace is assumed. */
const MAX_FOLLOWED = 64;
/** A poll that is aimed at a moment comes this share of an interval, and of the time until then, after it: nobody ends to the second. */
const AIM_SHARE = 0.1;

type Entry = { readonly waiter: Waiter; needMs: number; sinceMs: number; pollMs: number };
/** `owner`: who lines up again when it ends. */
type Running = { readonly untilMs: number; readonly owner: Entry | undefined };

/**
 * When the waiter `key` will have a slot, in milliseconds from now: the line is played as it works, with what is known of those who hold slots
 * and of those who wait. Only who will still come is not known.
 */
export function forecastWait(key: string, of: Forecast): number {
  const entries = of.waiters.map((waiter): Entry => ({ ...waiter, waiter }));
  const slots: Running[] = [
    ...Array.from({ length: of.freeSlots }, () => ({ untilMs: of.nowMs, owner: undefined })),
    ...of.held.map((held) => ({ untilMs: Math.max(held.untilMs, of.nowMs), owner: toOwner(held) })),
  ];
  for (let followed = 1; slots.length > 0; followed++) {
    const at = indexOfFirst(slots);
    const slot = slots[at] as Running;
    slots.splice(at, 1);
    lineUp(entries, slot);
    const next = chooseNext(entries, slots, slot.untilMs);
    if (!next) continue;
    const grantedMs = grantedAt(next.pollMs, slot.untilMs, of);
    if (next.waiter.key === key) return grantedMs - of.nowMs;
    if (followed === MAX_FOLLOWED)
      return ((grantedMs - of.nowMs) / followed) * (followed + rankOf(key, entries, grantedMs));
    entries.splice(entries.indexOf(next), 1);
    const turnMs = Math.min(of.turnMs, next.needMs);
    next.needMs -= turnMs;
    slots.push({ untilMs: grantedMs + turnMs, owner: next });
  }
  return of.turnMs;
}

function toOwner(held: Held): Entry {
  const waiter = { ...held, sinceMs: 0, pollMs: 0 };
  return { waiter, needMs: held.needMs, sinceMs: 0, pollMs: 0 };
}

function indexOfFirst(slots: readonly Running[]): number {
  let first = 0;
  for (const [at, { untilMs }] of slots.entries()) if (untilMs < (slots[first] as Running).untilMs) first = at;
  return first;
}

/** Who was not done asks again at once. */
function lineUp(entries: Entry[], { owner, untilMs }: Running): void {
  if (!owner || owner.needMs < 1) return;
  owner.sinceMs = untilMs;
  owner.pollMs = untilMs;
  entries.push(owner);
}

/** A poll that falls due before the slot is free is aimed at it, as far as it may be (`UploadQueue.schedule`). */
function grantedAt(pollMs: number, freeMs: number, { pollMinMs }: Forecast): number {
  if (pollMs >= freeMs) return pollMs;
  const soonMs = Math.min(freeMs - pollMs, 2 * pollMinMs);
  return Math.max(freeMs + AIM_SHARE * (pollMinMs + soonMs), pollMs + pollMinMs);
}

/** In the order of the line, one slot for each party and address as long as others wait. */
function chooseNext(entries: readonly Entry[], running: readonly Running[], atMs: number): Entry | undefined {
  const parties = new Set(running.map(({ owner }) => owner?.waiter.party));
  const blocks = new Set(running.map(({ owner }) => owner?.waiter.block));
  const isFree = ({ waiter }: Entry) => !parties.has(waiter.party) && !blocks.has(waiter.block);
  return firstOf(entries, atMs, isFree) ?? firstOf(entries, atMs, () => true);
}

function firstOf(entries: readonly Entry[], atMs: number, mayBe: (entry: Entry) => boolean): Entry | undefined {
  let first: Entry | undefined;
  // Who is not before the best so far needs no closer look: this runs for each of a thousand, some sixty times.
  for (const entry of entries) if ((!first || isBefore(entry, first, atMs)) && mayBe(entry)) first = entry;
  return first;
}

function isBefore(a: Entry, b: Entry, atMs: number): boolean {
  if (a.waiter.isPeer !== b.waiter.isPeer) return a.waiter.isPeer;
  return waitingScore(atMs - a.sinceMs, a.waiter.credit) > waitingScore(atMs - b.sinceMs, b.waiter.credit);
}

function rankOf(key: string, entries: readonly Entry[], atMs: number): number {
  const own = entries.find(({ waiter }) => waiter.key === key);
  return own ? entries.filter((entry) => entry !== own && isBefore(entry, own, atMs)).length : 0;
}
