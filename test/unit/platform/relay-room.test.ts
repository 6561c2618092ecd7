import { getEventListeners, once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { Duplex, PassThrough } from 'node:stream';
import { expect, test, vi } from 'vitest';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import type { LinkHandler } from '../../../src-main/engine/ports/index.ts';
import { RelayRoom } from '../../../src-main/platform/links/relay-room.ts';

const TOKEN = 'a'.repeat(32);
const nodeOf = (number: number): NodeId => number.toString(16).padStart(64, '0') as NodeId;

test('a peer that comes again and again under one token leaves nothing behind', async () => {
  const over = new AbortController();
  const [one, other] = [nodeOf(1), nodeOf(2)];
  const pass = { other, signal: over.signal, admit: async () => undefined, ended: () => undefined };
  const handler = { relayed: () => pass } as unknown as LinkHandler;
  const remote = { nodeId: one, address: { host: '10.0.0.1', port: 1214 } };
  const room = new RelayRoom();
  for (let time = 0; time < 100; time++) {
    const socket = new PassThrough();
    const message = { url: `/relay/${TOKEN}` } as IncomingMessage;
    room.accept({ message, socket, head: Buffer.alloc(0) }, { remote, handler } as Parameters<RelayRoom['accept']>[1]);
    const closed = once(socket, 'close');
    socket.destroy();
    await closed;
  }
  expect(getEventListeners(over.signal, 'abort')).toHaveLength(0);
});

/** A socket whose other side takes nothing but the answer to its upgrade until `release`. */
class SlowSocket extends Duplex {
  readonly taken: string[] = [];
  release: () => void = () => {};

  override _read(): void {}

  override _write(bytes: Buffer, _: BufferEncoding, done: () => void): void {
    this.taken.push(bytes.toString('latin1'));
    if (this.taken.length === 1) done();
    else this.release = done;
  }
}

function meetSlowly() {
  const over = new AbortController();
  const [one, other] = [nodeOf(1), nodeOf(2)];
  const [ending, slow] = [new SlowSocket(), new SlowSocket()];
  const ended = vi.fn();
  const room = new RelayRoom();
  for (const [nodeId, partner, socket] of [[one, other, ending] as const, [other, one, slow] as const]) {
    const pass = { other: partner, signal: over.signal, admit: async () => undefined, ended };
    const handler = { relayed: () => pass } as unknown as LinkHandler;
    const remote = { nodeId, address: { host: '10.0.0.1', port: 1214 } };
    const message = { url: `/relay/${TOKEN}` } as IncomingMessage;
    room.accept({ message, socket, head: Buffer.alloc(0) }, { remote, handler } as Parameters<RelayRoom['accept']>[1]);
  }
  return { ending, slow, over, ended };
}

test('the last bytes of a side that ends reach the other one, which goes on sending meanwhile', async () => {
  const { ending, slow, ended } = meetSlowly();
  ending.push('last words');
  ending.push(null);
  await once(ending, 'end');
  slow.push('more, for nobody');
  await new Promise(setImmediate);
  expect([slow.taken.at(-1), slow.destroyed]).toEqual(['last words', false]);
  slow.release();
  await once(slow, 'close');
  expect(slow.writableFinished).toBe(true);
  await vi.waitFor(() => expect(ended).toHaveBeenCalledTimes(1));
});

test('who takes no last bytes is let go of after a while, or at once when the two are to part', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    for (const isAborted of [false, true]) {
      const { ending, slow, over } = meetSlowly();
      ending.push('last words');
      ending.push(null);
      await once(ending, 'end');
      await new Promise(setImmediate);
      expect(slow.destroyed).toBe(false);
      const closed = once(slow, 'close');
      if (isAborted) over.abort();
      else vi.advanceTimersByTime(5000);
      await closed;
    }
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
