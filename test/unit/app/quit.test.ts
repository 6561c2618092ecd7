import { beforeEach, expect, test, vi } from 'vitest';
import { Quit } from '../../../src-main/app/quit.ts';

const electron = await vi.hoisted(async () => {
  const { EventEmitter } = await import('node:events');
  return { app: Object.assign(new EventEmitter(), { exit: (_status: number): void => undefined }) };
});
vi.mock('electron', () => electron);

const { app } = electron;
let exits: number[];
beforeEach(() => {
  app.removeAllListeners();
  exits = [];
  app.exit = (status) => void exits.push(status);
});

/** Somebody wants to quit; gives whether Electron was kept from ending at once. */
function ask(): boolean {
  let isPrevented = false;
  app.emit('before-quit', { preventDefault: () => (isPrevented = true) });
  return isPrevented;
}

test('everything is finished first, once, and the end is 0', async () => {
  const finish = Promise.withResolvers<void>();
  const run = vi.fn(() => finish.promise);
  const quit = new Quit({ finish: run, onTrouble: () => undefined });
  quit.start();
  expect(quit.isUnderWay).toBe(false);
  expect(ask()).toBe(true);
  expect(quit.isUnderWay).toBe(true);
  // The system and a terminal may say the same thing in one moment.
  expect(ask()).toBe(true);
  expect(exits).toEqual([]);
  finish.resolve();
  await vi.waitFor(() => expect(exits).toEqual([0]));
  expect(run).toHaveBeenCalledOnce();
});

test('who asks again later means now', () => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(1000);
  new Quit({ finish: () => new Promise(() => undefined), onTrouble: () => undefined }).start();
  ask();
  clock.mockReturnValue(3000);
  ask();
  expect(exits).toEqual([1]);
  clock.mockRestore();
});

test('what cannot be finished is told of, and the end is 1', async () => {
  const troubles: unknown[] = [];
  const failure = new Error('disk');
  new Quit({ finish: () => Promise.reject(failure), onTrouble: (error) => troubles.push(error) }).start();
  ask();
  await vi.waitFor(() => expect(exits).toEqual([1]));
  expect(troubles).toEqual([failure]);
});
