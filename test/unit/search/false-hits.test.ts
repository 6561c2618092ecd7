import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import { FalseHits } from '../../../src-main/engine/search/false-hits.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';
import { node } from '../../support/search-fixtures.ts';

function judge(outcomes: string) {
  const strikes: string[] = [];
  const clock = new VirtualClock();
  const falseHits = new FalseHits({ clock, settings: () => DEFAULT_SETTINGS, strike: (_, why) => strikes.push(why) });
  for (const outcome of outcomes) falseHits.report(node(1), outcome === 'x' ? 'false' : 'good');
  return { falseHits, strikes, clock };
}

describe('a supernode that names sources without the file', () => {
  it('is not judged by fewer than 10', () => {
    expect(judge('xxxxxxxxx').falseHits.isStruck(node(1))).toBe(false);
  });

  it('is struck once above 20 %, and not at 20 %', () => {
    expect(judge('xx........').falseHits.isStruck(node(1))).toBe(false);
    const { falseHits, strikes } = judge('xx........xxx');
    expect([falseHits.isStruck(node(1)), falseHits.isStruck(node(2)), strikes.length]).toEqual([true, false, 1]);
  });

  it('is forgotten when nothing was heard of it for as long as a bad one is left alone', async () => {
    const { falseHits, clock } = judge('xxxxxxxxxx');
    await clock.advance(DEFAULT_SETTINGS['overlay.shun'] - 1);
    expect(falseHits.isStruck(node(1))).toBe(true);
    await clock.advance(1);
    expect(falseHits.isStruck(node(1))).toBe(false);
  });

  it('is no inventor for that; who was caught inventing is one for as long', async () => {
    const { falseHits, strikes, clock } = judge('xxxxxxxxxx');
    expect(falseHits.isInventor(node(1))).toBe(false);
    falseHits.caught(node(1), 'it finds what nobody has');
    falseHits.report(node(1), 'good');
    expect([falseHits.isInventor(node(1)), falseHits.isInventor(node(2)), strikes.length]).toEqual([true, false, 1]);
    await clock.advance(DEFAULT_SETTINGS['overlay.shun']);
    expect(falseHits.isInventor(node(1))).toBe(false);
  });

  it('is forgiven when what it names is good again', () => {
    expect(judge(`xxxxxxxxxx${'.'.repeat(60)}`).falseHits.isStruck(node(1))).toBe(false);
  });
});
