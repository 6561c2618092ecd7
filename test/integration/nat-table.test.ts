import { appendFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type CellResult, isGood, NATS, type Nat } from '../support/nat-kinds.ts';
import { NatWorld } from '../support/nat-world.ts';
import { canMakeNetworks } from '../support/test-internet.ts';
import type { Line } from '../support/test-line.ts';

/**
 * Peers behind each kind of router fetch from peers behind each kind of router, over lines with a rate and with loss. `npm run long -- nat` plays all
 * of it; each cell is written to NAT_REPORT as a line of JSON.
 */
const REPORT = process.env.NAT_REPORT;
const RATE_BPS = 2_500_000;
type Table = {
  readonly sources: readonly Nat[];
  readonly askers: readonly Nat[];
  readonly lines: Readonly<Record<string, Line>>;
  readonly fileBytes: number;
  readonly matches: (source: Nat, asker: Nat) => boolean;
};
const LONG: Table = {
  ...{ sources: NATS, askers: NATS, fileBytes: 10_000_000, matches: () => true },
  lines: {
    clean: {},
    '20 Mbit/s': { rateBps: RATE_BPS },
    '20 Mbit/s, 2 % lost': { rateBps: RATE_BPS, lossPercent: 2 },
  },
};
/** Each way once, where the most can go wrong. */
const SHORT: Table = {
  sources: ['keeps ports', 'any port'],
  askers: ['open', 'keeps and answers'],
  lines: { '20 Mbit/s, 2 % lost': { rateBps: RATE_BPS, lossPercent: 2 } },
  fileBytes: 4_000_000,
  matches: (source, asker) => source === 'keeps ports' || asker !== 'open',
};
const PATIENCE_MS = 60_000;
const table = REPORT === undefined ? SHORT : LONG;
const cells = Object.entries(table.lines).flatMap(([name, line]) =>
  table.sources.flatMap((source) =>
    table.askers
      .filter((asker) => table.matches(source, asker))
      .map((asker) => ({ line, cell: { source, asker, line: name } })),
  ),
);

test.skipIf(!canMakeNetworks)(
  'whatever is between two peers, and however bad their lines are, each byte comes by the way that costs others least',
  { timeout: 120_000 + cells.length * PATIENCE_MS },
  async () => {
    const world = await NatWorld.make(table);
    const results: CellResult[] = [];
    let before: Line | undefined;
    for (const { cell, line } of cells) {
      if (line !== before) world.setLines(line);
      before = line;
      const result = await world.play(cell, line, PATIENCE_MS);
      if (REPORT !== undefined) appendFileSync(REPORT, `${JSON.stringify(result)}\n`);
      results.push(result);
    }
    // All that went wrong is named, not the first alone.
    expect(results.filter((result) => !isGood(result))).toEqual([]);
    expect(results).toHaveLength(cells.length);
  },
);

test.runIf(!canMakeNetworks)('the table is not played: this needs root, iproute2 and nftables on Linux', () => {
  expect(canMakeNetworks).toBe(false);
});
