import { describe, expect, test } from 'vitest';
import { type Client, LineSimulation, mean } from '../../support/line-simulation.ts';
import { peer } from '../../support/upload-askers.ts';

/** The line with four slots and some twenty who wait, for hours, on the virtual clock. */
const MIB = 2 ** 20;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const BEGUN_MS = 20 * MINUTE;

const client = (number: number, more: Partial<Client> = {}): Client => ({
  ...{ asker: peer(number), arriveMs: number * 400, sizeBytes: 100 * MIB, neededBytes: 100 * MIB, rateBps: MIB },
  ...more,
});
const clients = (count: number, more: Partial<Client>): Client[] =>
  Array.from({ length: count }, (_, at) => client(at + 1, more));

async function simulate(all: readonly Client[], { hours = 4, seed = 1 } = {}): Promise<LineSimulation> {
  const simulation = new LineSimulation(all, { seed });
  await simulation.run(hours * HOUR);
  return simulation;
}

describe('credit', () => {
  test.each([1, 2])(
    'of 10 makes a peer wait 10 to 15 percent of what an equal stranger waits (seed %i)',
    async (seed) => {
      const giver = client(100, { credit: 10, isRegular: true });
      const simulation = await simulate([...clients(24, { isRegular: true }), giver], { seed });
      expect(simulation.waiting).toBeGreaterThanOrEqual(20);
      const strangers = mean(simulation.waits(({ credit }) => credit === undefined, BEGUN_MS));
      const share = mean(simulation.waits(({ credit }) => credit === 10, BEGUN_MS)) / strangers;
      expect(share).toBeGreaterThan(0.1);
      expect(share).toBeLessThan(0.15);
    },
  );

  test.each([1, 2])('lets a stranger pass ten times as late, not never (seed %i)', async (seed) => {
    const file = { sizeBytes: 60 * MIB, neededBytes: 60 * MIB };
    const givers = clients(24, { ...file, credit: 10, hasHeirs: true });
    const strangers = Array.from({ length: 8 }, (_, at) =>
      client(100 + at, { ...file, arriveMs: (at + 1) * 30 * MINUTE }),
    );
    const simulation = await simulate([...givers, ...strangers], { hours: 7, seed });
    const givenMs = simulation.waits(({ credit }) => credit === 10, BEGUN_MS);
    const waits = simulation.waits(({ credit }) => credit === undefined);
    expect(waits.length).toBeGreaterThanOrEqual(8);
    expect(mean(waits) / mean(givenMs)).toBeLessThan(10);
    expect(mean(waits) / mean(givenMs)).toBeGreaterThan(7);
    // The law of the order: nobody who waited less than a tenth of it is served before.
    for (const wait of waits) expect(wait).toBeLessThan(10 * Math.max(...givenMs));
  });
});

describe('slots are shared in time', () => {
  const regulars = clients(24, { isRegular: true });
  const everything = { sizeBytes: 2 ** 40, neededBytes: 2 ** 40 };
  const gang = [1, 2, 3, 4].map((number) =>
    client(200 + number, { isRegular: true, asker: peer(200 + number, '203.0.113.9') }),
  );
  const collector = [1, 2, 3, 4].map(() => client(300, { isRegular: true }));
  const early = client(401, { isRegular: true, eagerness: 0.5 });
  const slow = client(402, { ...everything, rateBps: 20 * 1024 });
  const greedy = client(403, { ...everything, rateBps: 200 * 1024, isGreedy: true });
  const fast = client(404, { ...everything, rateBps: 20 * MIB });
  const bits = client(405, { sizeBytes: 3 * MIB, neededBytes: 3 * MIB, isRegular: true });

  test('whoever somebody is and whatever it asks for', async () => {
    const simulation = await simulate([...regulars, ...gang, ...collector, early, slow, greedy, fast, bits], {
      hours: 8,
    });
    const share = (of: readonly Client[]) =>
      simulation.held((one) => of.includes(one)) / (simulation.held(() => true) / 30);
    const shares = {
      'many names at one address': share(gang),
      'many files at once': share(collector),
      'a slow reader': share([slow]),
      'a slow reader of one long range': share([greedy]),
      'a fast reader': share([fast]),
      'many small files': share([bits]),
    };
    for (const [who, has] of [
      ...Object.entries(shares),
      ...regulars.map((one) => ['a regular', share([one])] as const),
    ]) {
      expect(has, who).toBeGreaterThan(0.95);
      expect(has, who).toBeLessThan(1.05);
    }
    // Asking before the time that it was told to, it is always the last.
    expect(share([early])).toBe(0);
  });

  test('so that who reads slowly has no longer turns than it takes to end a chunk', async () => {
    const simulation = await simulate([...regulars, slow, greedy, fast], { hours: 3 });
    const longest = (of: Client) =>
      Math.max(...simulation.turns.filter((turn) => turn.client === of).map((turn) => turn.endedMs - turn.grantedMs));
    expect(longest(fast)).toBeLessThan(80_000);
    expect(longest(greedy)).toBeLessThan(80_000 + 6_000);
    expect(longest(slow)).toBeLessThan(80_000 + 52_000);
  });
});
