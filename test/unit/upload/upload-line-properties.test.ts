import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS, type Settings } from '../../../src-main/contract/settings.ts';
import type { Asker } from '../../../src-main/engine/upload/asker.ts';
import { UploadLine } from '../../../src-main/engine/upload/upload-line.ts';
import type { Place } from '../../../src-main/engine/upload/upload-queue.ts';
import type { Slot } from '../../../src-main/engine/upload/upload-slots.ts';
import { SeededRandom } from '../../../src-main/simulator/seeded-random.ts';
import { anonymous, peer, wants } from '../../support/upload-askers.ts';

const makeLine = (slots: number, queue = 20) => {
  const settings: Settings = { ...DEFAULT_SETTINGS, 'upload.queue': queue };
  return new UploadLine({
    settings: () => settings,
    slots: () => slots,
    credit: (node) => 1 + (node.charCodeAt(63) % 3),
  });
};

const fairLine = (slots: number) =>
  new UploadLine({ settings: () => DEFAULT_SETTINGS, slots: () => slots, credit: () => 1 });

/** Peers of their own, crowds behind two addresses, neighbours on the same machine, and anonymous clients. */
const askers: readonly Asker[] = [
  ...[1, 2, 3, 4].map((i) => peer(i)),
  ...[5, 6, 7, 8, 9, 10, 11].map((i) => peer(i, '203.0.113.1')),
  ...[12, 13, 14].map((i) => peer(i, `2001:db8::${i}`)),
  ...[15, 16].map((i) => peer(i, '127.0.0.1')),
  ...['203.0.113.1', '203.0.113.9', '127.0.0.1'].map((host) => anonymous(host)),
];

type Step = { asker: number; file: number; waitMs: number; last: boolean; finish: number };
const steps = fc.array(
  fc.record({
    asker: fc.nat(askers.length - 1),
    file: fc.integer({ min: 1, max: 3 }),
    waitMs: fc.oneof(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 70_000 })),
    last: fc.boolean(),
    finish: fc.nat(3),
  }),
  { maxLength: 150 },
);

const countBy = (keys: Iterable<string>): number[] =>
  [...Map.groupBy(keys, (key) => key).values()].map((all) => all.length);

function checkCaps(line: UploadLine, slots: number): void {
  const held = [...line.slots.all()];
  const places = [...line.queue.all()];
  expect(held.length).toBeLessThanOrEqual(slots);
  expect(places.length).toBeLessThanOrEqual(20);
  expect(Math.max(0, ...countBy(held.map(({ asker }) => asker.party)))).toBeLessThanOrEqual(2);
  expect(Math.max(0, ...countBy(held.map(({ asker }) => asker.block)))).toBeLessThanOrEqual(2);
  expect(Math.max(0, ...countBy(places.map(({ asker }) => asker.block)))).toBeLessThanOrEqual(4);
}

describe('whatever clients do', () => {
  test('no limit of slots and places is ever exceeded, and running requests are counted right', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), steps, (slots, sequence: Step[]) => {
        const line = makeLine(slots);
        const running: Slot[] = [];
        let nowMs = 0;
        for (const { asker, file, waitMs, last, finish } of sequence) {
          nowMs += waitMs;
          for (const slot of running.splice(0, finish)) line.finish(slot, nowMs);
          const verdict = line.ask(wants(askers[asker] as Asker, file), { bytes: 1, last }, nowMs);
          if (verdict.kind === 'granted') running.push(verdict.slot);
          checkCaps(line, slots);
          for (const slot of new Set(running)) {
            expect(slot.running).toBe(running.filter((other) => other === slot).length);
            expect(line.slots.get(slot.key)).toBe(slot);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test('nobody gets a slot that somebody ranked before, polling on time and within the limits, could have had', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), steps, (slots, sequence: Step[]) => {
        const line = makeLine(slots);
        const running: Slot[] = [];
        const firstMs = new Map<string, number>();
        let nowMs = 0;
        for (const { asker, file, waitMs, last, finish } of sequence) {
          nowMs += waitMs;
          for (const slot of running.splice(0, finish)) line.finish(slot, nowMs);
          line.settle(nowMs);
          const wanted = wants(askers[asker] as Asker, file);
          if (!firstMs.has(wanted.asker.party)) firstMs.set(wanted.asker.party, nowMs);
          const before = line.queue.ranked(nowMs);
          const free = line.slots.free;
          const held = new Set(line.slots.all());
          const own = before.find(({ key }) => key === `${wanted.asker.party}/${wanted.hash}`);
          const verdict = line.ask(wanted, { bytes: 1, last }, nowMs);
          if (verdict.kind !== 'granted') continue;
          running.push(verdict.slot);
          if (held.has(verdict.slot)) continue;
          // Whoever is passed over must be so for a reason: enough slots are left for all of them together.
          const passed = before.filter((place) => place !== own && isEntitled(line, place, { held, nowMs }));
          const sinceMs = nowMs - verdict.slot.waitedMs;
          // What it is said to have waited it has been here for.
          expect(sinceMs).toBeGreaterThanOrEqual(firstMs.get(wanted.asker.party) ?? Number.NaN);
          const ahead = passed.filter((place) => isAhead(place, { asker: wanted.asker, sinceMs, nowMs, isNew: !own }));
          expect(countParties(ahead)).toBeLessThan(free);
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** Present, and of a party and an address that hold nothing yet. */
function isEntitled(
  line: UploadLine,
  place: Place,
  { held, nowMs }: { held: ReadonlySet<Slot>; nowMs: number },
): boolean {
  const { party, block } = place.asker;
  const holds = [...held].some(({ asker }) => asker.party === party || asker.block === block);
  return line.queue.isPresent(place, nowMs) && !holds;
}

type Served = { readonly asker: Asker; readonly sinceMs: number; readonly nowMs: number; readonly isNew: boolean };

/** Ahead for certain of one that waited from `sinceMs` on, which is before it came where an earlier turn was not used up. */
function isAhead(place: Place, { asker, sinceMs, nowMs, isNew }: Served): boolean {
  const [isAnonymous, isBehindPeers] = [place.asker.nodeId === undefined, asker.nodeId === undefined];
  if (isAnonymous !== isBehindPeers) return isBehindPeers;
  const isLonger = isNew ? place.sinceMs <= sinceMs : place.sinceMs < sinceMs;
  // Waiting of nothing is the least at any credit, except a debt.
  if (sinceMs >= nowMs) return isLonger && place.sinceMs <= nowMs;
  // Credits differ: only who has waited longer at no lower credit.
  const credit = (of: Asker) => (of.nodeId === undefined ? 1 : 1 + (of.nodeId.charCodeAt(63) % 3));
  return isLonger && credit(place.asker) >= credit(asker);
}

/** One slot each, so that several places of one party or address count once. */
const countParties = (places: readonly Place[]): number => new Set(places.map(({ asker }) => asker.block)).size;

describe('clients that come back when told', () => {
  test('are all served, in the order of their arrival', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.array(
          fc.record({ gapMs: fc.integer({ min: 0, max: 20_000 }), workMs: fc.integer({ min: 1, max: 50_000 }) }),
          {
            minLength: 1,
            maxLength: 25,
          },
        ),
        (slots, clients) => {
          const line = fairLine(slots);
          const events: { atMs: number; client: number; slot?: Slot }[] = [];
          let arrivalMs = 0;
          for (const [client, { gapMs }] of clients.entries()) {
            arrivalMs += gapMs;
            events.push({ atMs: arrivalMs, client });
          }
          const served: number[] = [];
          for (let ran = 0; events.length > 0; ran++) {
            if (ran > 20_000) throw new Error('somebody starves');
            events.sort((x, y) => x.atMs - y.atMs || x.client - y.client);
            const { atMs, client, slot } = events.shift() as (typeof events)[number];
            if (slot) {
              line.finish(slot, atMs);
              continue;
            }
            const verdict = line.ask(wants(peer(client + 1)), { bytes: 1, last: true }, atMs);
            if (verdict.kind === 'granted') {
              served.push(client);
              events.push({ atMs: atMs + (clients[client]?.workMs ?? 0), client, slot: verdict.slot });
            } else if (verdict.kind === 'queued') events.push({ atMs: atMs + verdict.pollMs, client });
            else throw new Error(verdict.why);
          }
          expect(served).toHaveLength(clients.length);
          // Whoever is served while others wait has waited longest: with s slots nobody is more than s - 1 out of turn.
          for (const [at, client] of served.entries()) {
            expect(served.slice(at + 1).filter((later) => later < client).length).toBeLessThan(slots);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test('take turns when each wants more than a turn, and none starves', () => {
    const random = new SeededRandom(7);
    const line = fairLine(2);
    const sentMs = new Map<number, number>();
    const next = new Map(Array.from({ length: 8 }, (_, i) => [i + 1, random.int(5000)]));
    const running = new Map<number, Slot>();
    const hour = 3_600_000;
    for (let ran = 0; ; ran++) {
      const [client, atMs] = [...next].reduce((least, entry) => (entry[1] < least[1] ? entry : least));
      if (atMs > hour || ran > 100_000) break;
      const slot = running.get(client);
      if (slot) {
        line.finish(slot, atMs);
        running.delete(client);
      }
      const verdict = line.ask(wants(peer(client), client), { bytes: 1, last: false }, atMs);
      if (verdict.kind === 'refused') throw new Error(verdict.why);
      if (verdict.kind === 'granted') {
        running.set(client, verdict.slot);
        sentMs.set(client, (sentMs.get(client) ?? 0) + 9000);
      }
      next.set(client, atMs + (verdict.kind === 'granted' ? 9000 : verdict.pollMs));
    }
    const shares = [...sentMs.values()];
    expect(shares).toHaveLength(8);
    // Two slots for an hour are 900 s for each of eight; handing over costs up to a poll interval of each turn.
    expect(Math.min(...shares)).toBeGreaterThan(750_000);
    expect(Math.max(...shares) / Math.min(...shares)).toBeLessThan(1.2);
  });
});
