import { parentPort } from 'node:worker_threads';
import { toAppError } from '../../contract/errors.ts';
import type { AnswerMessage, CallMessage, WorkerApi } from '../worker-calls.ts';

/** Answers the calls of a `WorkerCalls` by the methods of `api`; one that gives a promise lets later calls overtake it. */
export function answerCalls<Api extends WorkerApi<Api>>(api: Api): void {
  const port = parentPort;
  if (!port) throw new Error('this file is the entry of a worker thread');
  const methods = new Map<string, (...args: never[]) => unknown>(Object.entries(api));
  port.on('message', async ({ id, name, args }: CallMessage) => {
    let answer: AnswerMessage;
    try {
      const method = methods.get(name);
      if (!method) throw new Error(`no method ${name}`);
      answer = { id, value: await method(...(args as never[])) };
    } catch (error) {
      answer = { id, error: toAppError(error).toValue() };
    }
    port.postMessage(answer);
  });
}
