import { beforeEach, expect, test, vi } from 'vitest';
import { LeftOutCounts } from '../../../src-main/engine/library/left-out-counts.ts';
import { nodePaths } from '../../../src-main/platform/node-paths.ts';

const paths = { ...nodePaths };
let counts: LeftOutCounts;
beforeEach(() => {
  counts = new LeftOutCounts(paths);
  for (const name of ['a', 'b/c', 'b/d', 'b/e/f']) counts.setReadable(`/s/${name}`, '/s', false);
  counts.setReadable('/s/in/g', '/s/in', false);
});
const unreadable = () => counts.of('/s').unreadable;

test('files that cannot be read count for their shared folder, until they can', () => {
  expect([unreadable(), counts.of('/s/in').unreadable]).toEqual([4, 1]);
  counts.setReadable('/s/b/c', '/s', true);
  counts.setReadable('/s/b/c', '/s', true);
  counts.setReadable('/s/b/d', '/s', false);
  expect(unreadable()).toBe(3);
});

test('files that cannot be read are forgotten by directory, below a path, and with their folder', () => {
  counts.forgetUnreadable('/s/b');
  expect(unreadable()).toBe(2);
  counts.setReadable('/s/b/c', '/s', false);
  counts.forgetBelow('/s/b');
  expect(unreadable()).toBe(1);
  counts.forgetBelow('/s/a');
  expect(unreadable()).toBe(0);
  counts.setReadable('/s/b/c', '/s', false);
  counts.setReadable('/s/h', '/s', false);
  counts.forgetFolder('/s', new Set(['/s/b']));
  expect([unreadable(), counts.of('/s/in').unreadable]).toEqual([1, 1]);
});

test('many files that cannot be read cost nothing when another directory is looked at', () => {
  for (let file = 0; file < 1000; file++) counts.setReadable(`/s/many/${file}`, '/s', false);
  const parent = vi.spyOn(paths, 'parent');
  counts.forgetUnreadable('/s/b');
  expect(parent.mock.calls.length).toBeLessThan(2);
  expect(unreadable()).toBe(1002);
});
