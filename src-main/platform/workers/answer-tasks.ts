import { parentPort } from 'node:worker_threads';
import { toAppError } from '../../contract/errors.ts';
import type { PoolApi, TaskAnswer, TaskMessage } from '../pool/pool-messages.ts';

/** Answers the tasks of a WorkerPool by the functions of `api`. An answer's `buffer` is moved to the asker, not copied. */
export function answerTasks<Api extends PoolApi<Api>>(api: Api): void {
  const port = parentPort;
  if (!port) throw new Error('this file is the entry of a worker thread');
  const functions = new Map<string, (...args: never[]) => unknown>(Object.entries(api));
  port.on('message', async ({ id, name, args }: TaskMessage) => {
    let answer: TaskAnswer;
    try {
      const run = functions.get(name);
      if (!run) throw new Error(`no task ${name}`);
      answer = { id, value: await run(...(args as never[])) };
    } catch (error) {
      answer = { id, error: toAppError(error).toValue() };
    }
    port.postMessage(answer, 'value' in answer ? movedWith(answer.value) : []);
  });
}

function movedWith(value: unknown): ArrayBuffer[] {
  const hasBuffer = typeof value === 'object' && value !== null && 'buffer' in value;
  return hasBuffer && value.buffer instanceof ArrayBuffer ? [value.buffer] : [];
}
