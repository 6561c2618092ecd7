import { expect, test } from 'vitest';
import type { DownloadId } from '../../../src-main/contract/ids.ts';
import {
  FaceSession,
  MAX_RUNNING_REQUESTS,
  MAX_WAITING_LENGTH,
  MAX_WAITING_REQUESTS,
} from '../../../src-main/face/face-session.ts';
import { MemoryLogger } from '../../../src-main/simulator/memory-logger.ts';
import { ScriptedEngine } from '../../support/scripted-engine.ts';

const idOf = (at: number) => at.toString(16).padStart(8, '0') as DownloadId;
const pauseOf = (at: number) => ({ id: at, kind: 'command', name: 'download.pause', input: { id: idOf(at) } });
const tick = () => new Promise((resolve) => setImmediate(resolve));

/** A page of a peer that answers a pause when it is told to. */
function openPage() {
  const answers: (() => void)[] = [];
  const pause = () =>
    new Promise<{ id: DownloadId }>((resolve) => {
      answers.push(() => resolve({ id: idOf(0) }));
    });
  const api = new ScriptedEngine({ commands: { 'download.pause': pause } });
  const session = new FaceSession({ api, logger: new MemoryLogger(), send: () => undefined });
  /** Answers all that run and all that come to run by that. */
  const answerAll = async () => {
    for (let next = answers.shift(); next; next = answers.shift()) {
      next();
      if (answers.length === 0) await tick();
    }
  };
  return { api, session, answers, answerAll };
}

test('all that a page asks at once is done, at most so many at a time, in its order', async () => {
  const { api, session, answers, answerAll } = openPage();
  const asked = Array.from({ length: 1000 }, (_, at) => session.answer(pauseOf(at)));
  await tick();
  expect(answers).toHaveLength(MAX_RUNNING_REQUESTS);
  answers.shift()?.();
  await tick();
  expect(answers).toHaveLength(MAX_RUNNING_REQUESTS);
  expect(api.calls).toHaveLength(MAX_RUNNING_REQUESTS + 1);
  await answerAll();
  expect((await Promise.all(asked)).filter(({ ok }) => !ok)).toEqual([]);
  expect(api.calls.map(({ input }) => input)).toEqual(Array.from({ length: 1000 }, (_, at) => ({ id: idOf(at) })));
});

test('one that fails makes room for the next as one that succeeds does', async () => {
  const api = new ScriptedEngine();
  const session = new FaceSession({ api, logger: new MemoryLogger(), send: () => undefined });
  const answers = await Promise.all(
    Array.from({ length: 3 * MAX_RUNNING_REQUESTS }, (_, at) => session.answer(pauseOf(at))),
  );
  expect(answers.filter(({ ok }) => ok)).toEqual([]);
  expect(api.calls).toHaveLength(3 * MAX_RUNNING_REQUESTS);
});

test('a flood is refused: too many requests, or too much text', async () => {
  const { session, answerAll } = openPage();
  const asked = Array.from({ length: MAX_RUNNING_REQUESTS + MAX_WAITING_REQUESTS }, (_, at) =>
    session.answer(pauseOf(at)),
  );
  const refused = { ok: false, error: { code: 'input.invalid', params: { why: 'too many requests at once' } } };
  expect(await session.answer(pauseOf(7))).toMatchObject({ id: 7, ...refused });
  await answerAll();
  expect((await Promise.all(asked)).filter(({ ok }) => !ok)).toEqual([]);

  const others = Array.from({ length: MAX_RUNNING_REQUESTS }, (_, at) => session.answer(pauseOf(at)));
  others.push(session.answer(pauseOf(1), MAX_WAITING_LENGTH - 10));
  expect(await session.answer(pauseOf(8), 11)).toMatchObject({ id: 8, ...refused });
  others.push(session.answer(pauseOf(2), 10));
  await answerAll();
  expect((await Promise.all(others)).filter(({ ok }) => !ok)).toEqual([]);
});

test('what waits is not begun when the page is gone, and what it listens to does not wait', async () => {
  const { api, session, answerAll } = openPage();
  const asked = Array.from({ length: 2 * MAX_RUNNING_REQUESTS }, (_, at) => session.answer(pauseOf(at)));
  expect(await session.answer({ id: 1, kind: 'on', name: 'download.done' })).toMatchObject({ ok: true });
  expect(api.listenerCount).toBe(1);
  session.close();
  await answerAll();
  await Promise.all(asked);
  expect([api.calls.length, api.listenerCount]).toEqual([MAX_RUNNING_REQUESTS, 0]);
});
