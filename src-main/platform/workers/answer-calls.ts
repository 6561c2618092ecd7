import { parentPort } from 'node:worker_threads';
import { toAppError } from '../../contract/errors.ts';
import type { AnswerMessage, CallMessage, WorkerApi } from '../worker-messages.ts';

/**
 * Answers what a `WorkerCalls` or a `WorkerPool` asks this thread, by the functions of `api`; one that gives a promise lets later calls
 * overtake it. An answer's ArrayBuffer in `buffer` is moved to the asker, not copied.
 */
export function answerCalls<Api extends WorkerApi<Api>>(api: Api): void {
  const port = parentPort;
  if (!port) throw new Error('this file is the entry of a worker thread');
  const functions = new Map<string, (...args: never[]) => unknown>(Object.entries(api));
  // An answer that cannot be cloned is a bug here: its rejection ends the thread, which fails every call.
  port.on('message', (call: CallMessage) => {
    void answer(call, functions).then((message) => port.postMessage(message, movedWith(message)));
  });
}

async function answer(
  { id, name, args }: CallMessage,
  functions: ReadonlyMap<string, (...args: never[]) => unknown>,
): Promise<AnswerMessage> {
  try {
    const run = functions.get(name);
    if (!run) throw new Error(`no function ${name}`);
    return { id, value: await run(...(args as never[])) };
  } catch (error) {
    return { id, error: toAppError(error).toValue() };
  }
}

function movedWith(message: AnswerMessage): ArrayBuffer[] {
  if ('error' in message || typeof message.value !== 'object' || message.value === null) return [];
  return 'buffer' in message.value && message.value.buffer instanceof ArrayBuffer ? [message.value.buffer] : [];
}
