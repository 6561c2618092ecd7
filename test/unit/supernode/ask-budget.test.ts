import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import { AskBudget } from '../../../src-main/engine/supernode/ask-budget.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';
import { node } from '../../support/search-fixtures.ts';

const NEVER = new AbortController().signal;

function budgetOf() {
  const clock = new VirtualClock();
  const budget = new AskBudget({ clock, self: node(0), settings: () => DEFAULT_SETTINGS });
  const grants: { readonly client: number; readonly cost: number; readonly atMs: number }[] = [];
  const ask = async (client: number, cost: number, signal = NEVER) => {
    const granted = await budget.take(node(client), cost, signal);
    if (granted) grants.push({ client, cost, atMs: clock.monotonicMs() });
    return granted;
  };
  return { clock, budget, grants, ask };
}

describe('the budget of asks', () => {
  it('never grants more than 200 in any second, and grants all in time', async () => {
    const { clock, grants, ask } = budgetOf();
    const all = Array.from({ length: 60 }, (_, at) => ask(1 + (at % 5), 3 + (at % 22)));
    await clock.advance(10_000);
    await Promise.all(all);
    for (const { atMs } of grants) {
      const within = grants.filter((grant) => grant.atMs <= atMs && grant.atMs > atMs - 1000);
      expect(within.reduce((sum, { cost }) => sum + cost, 0)).toBeLessThanOrEqual(200);
    }
    expect(clock.pendingTimers).toBe(0);
  });

  it('is shared fairly: a leaf with many large batches does not delay one with a small one', async () => {
    const { clock, grants, ask } = budgetOf();
    for (let at = 0; at < 100; at++) void ask(1, 24);
    await clock.advance(10);
    void ask(2, 3);
    await clock.advance(1200);
    expect(grants.some(({ client }) => client === 2)).toBe(true);
    expect(grants.filter(({ client }) => client === 1).length).toBeLessThan(20);
  });

  it('gives two busy leaves the same number of asks, whatever their batches', async () => {
    const { clock, grants, ask } = budgetOf();
    for (let at = 0; at < 100; at++) void ask(1, 24);
    for (let at = 0; at < 800; at++) void ask(2, 3);
    await clock.advance(8000);
    // The first one had the first second for itself.
    const shared = grants.filter(({ atMs }) => atMs > 0);
    const sum = (wanted: number) => shared.reduce((all, { client, cost }) => all + (client === wanted ? cost : 0), 0);
    expect(sum(2)).toBeGreaterThan(400);
    expect(Math.abs(sum(1) - sum(2)) / sum(2)).toBeLessThan(0.1);
  });

  it('refuses a leaf beyond 3,000 in 10 minutes, but not this peer itself', async () => {
    const { clock, ask } = budgetOf();
    const answers: boolean[] = [];
    for (let at = 0; at < 126; at++) void ask(1, 24).then((granted) => answers.push(granted));
    await clock.advance(60_000);
    expect([answers.filter(Boolean).length, answers.filter((granted) => !granted).length]).toEqual([125, 1]);
    for (let at = 0; at < 130; at++) void ask(0, 24).then((granted) => answers.push(granted));
    await clock.advance(60_000);
    expect(answers.filter(Boolean).length).toBe(255);
    await clock.advance(600_000);
    expect(await ask(1, 24)).toBe(true);
  });

  it('forgets who gives up or is turned away at the end', async () => {
    const { clock, budget, ask } = budgetOf();
    const abort = new AbortController();
    for (let at = 0; at < 8; at++) void ask(1, 24);
    const [given, left] = [ask(2, 24, abort.signal), ask(3, 24)];
    abort.abort();
    expect(await given).toBe(false);
    budget.stop();
    expect([await left, clock.pendingTimers]).toEqual([false, 0]);
  });
});
