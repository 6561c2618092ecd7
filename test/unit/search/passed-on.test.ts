import { expect, test } from 'vitest';
import { PassedOn } from '../../../src-main/engine/search/passed-on.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';
import { RecordingPeer, ScriptedSearchNetwork } from '../../support/scripted-search-network.ts';

test('a parent is dismissed when three sources in a row that it passed on are false, whoever named them', () => {
  const network = new ScriptedSearchNetwork(new VirtualClock());
  const passedOn = new PassedOn(network);
  const parent = new RecordingPeer(1);
  network.currentParent = parent;
  for (const outcome of ['false', 'false', 'good', 'false', 'false'] as const) passedOn.tried(outcome);
  passedOn.parentChanged();
  for (const outcome of ['false', 'false'] as const) passedOn.tried(outcome);
  expect(network.replaced).toEqual([]);
  passedOn.tried('false');
  expect(network.replaced).toEqual([parent.nodeId]);
});
