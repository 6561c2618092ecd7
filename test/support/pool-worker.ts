import { answerCalls } from '../../src-main/platform/workers/answer-calls.ts';

const api = {
  echo: (value: number) => value,
  /** Whether the buffer came without being copied is seen by the sender: its own is then empty. */
  double(buffer: ArrayBuffer) {
    new Uint8Array(buffer).forEach((byte, i, bytes) => {
      bytes[i] = 2 * byte;
    });
    return { buffer };
  },
  fail: () => {
    throw new Error('as asked');
  },
  loop(flag: SharedArrayBuffer) {
    const started = new Int32Array(flag);
    Atomics.store(started, 0, 1);
    Atomics.notify(started, 0);
    for (;;) Atomics.add(started, 1, 1);
  },
  crash: () => process.nextTick(() => JSON.parse('{')),
  swell() {
    const all: unknown[] = [];
    for (;;) all.push(new Array(100_000).fill(all.length));
  },
  /** Until it is ended; bytes that nobody writes cost the machine nothing. */
  hold(bytes: number) {
    const held = new Uint8Array(bytes);
    while (held[0] === 0);
  },
};

export type TestPoolApi = typeof api;
answerCalls(api);
