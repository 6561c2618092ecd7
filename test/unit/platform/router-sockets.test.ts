import { Socket } from 'node:dgram';
import { expect, test, vi } from 'vitest';
import { searchRouters } from '../../../src-main/platform/port-mapping/ssdp-search.ts';
import { exchangeByUdp } from '../../../src-main/platform/port-mapping/udp-exchange.ts';

const { signal } = new AbortController();

test('a router to which the system has no way from that address does not answer', async () => {
  // Nothing that comes from loopback leaves a machine.
  const to = { host: '198.51.100.1', port: 5351 };
  const asking = exchangeByUdp({ from: '127.0.0.1', to, message: Uint8Array.of(0), decode: () => true, signal });
  expect(await asking).toBeUndefined();
});

test('a connect that fails ends the exchange, and nothing is sent', async () => {
  const connect = vi.spyOn(Socket.prototype, 'connect').mockImplementation((...args: readonly unknown[]) => {
    process.nextTick(args[2] as (error: Error) => void, new Error('connect EACCES'));
  });
  const send = vi.spyOn(Socket.prototype, 'send').mockImplementation(() => undefined);
  try {
    const to = { host: '127.0.0.1', port: 5351 };
    const asking = exchangeByUdp({ from: '127.0.0.1', to, message: Uint8Array.of(0), decode: () => true, signal });
    expect(await asking).toBeUndefined();
    expect(send).not.toHaveBeenCalled();
  } finally {
    connect.mockRestore();
    send.mockRestore();
  }
});

test('an interface that does no multicast has no routers', async () => {
  const setInterface = vi.spyOn(Socket.prototype, 'setMulticastInterface').mockImplementation(() => {
    throw new Error('setMulticastInterface ENODEV');
  });
  try {
    expect(await searchRouters({ own: '127.0.0.1', prefix: 8, routers: [] }, signal)).toEqual([]);
    expect(setInterface).toHaveBeenCalled();
  } finally {
    setInterface.mockRestore();
  }
});
