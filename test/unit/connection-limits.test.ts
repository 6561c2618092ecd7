import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  CONNECTIONS,
  CONNECTIONS_PER_ADDRESS,
  CONNECTIONS_PER_PRIVATE_ADDRESS,
} from '../../src-main/engine/wire/limits.ts';
import { ConnectionLimits } from '../../src-main/platform/links/connection-limits.ts';
import { WaitingAnswers } from '../../src-main/platform/links/waiting-answers.ts';

describe('connection limits', () => {
  it('count connections by address until they close', async () => {
    const limits = new ConnectionLimits({ perAddress: 2, perPrivateAddress: 100, inAll: 100 });
    const first = new Socket();
    expect(limits.admit(first, '8.8.8.8')).toBeUndefined();
    expect(limits.admit(new Socket(), '8.8.8.8')).toBeUndefined();
    expect(limits.admit(new Socket(), '8.8.8.8')).toBe('address');
    expect(limits.admit(new Socket(), '8.8.8.9')).toBeUndefined();
    const closed = new Promise((resolve) => first.once('close', resolve));
    first.destroy();
    await closed;
    expect(limits.admit(new Socket(), '8.8.8.8')).toBeUndefined();
  });

  it('count a /64 of IPv6 as one address', () => {
    const limits = new ConnectionLimits({ perAddress: 1, perPrivateAddress: 100, inAll: 100 });
    expect(limits.admit(new Socket(), '2001:db8::1')).toBeUndefined();
    expect(limits.admit(new Socket(), '2001:db8::2')).toBe('address');
  });

  it('leave private and loopback addresses more, but no single one all there are', () => {
    const limits = new ConnectionLimits({ perAddress: 1, perPrivateAddress: 3, inAll: 5 });
    const admit = (host: string) => limits.admit(new Socket(), host);
    for (let i = 0; i < 3; i++) expect(admit('192.168.1.7')).toBeUndefined();
    expect(admit('192.168.1.7')).toBe('address');
    expect(admit('192.168.1.8')).toBeUndefined();
    expect(admit('fd00::1')).toBeUndefined();
    expect(admit('fd00::2')).toBe('everyone');
  });

  it('blame an address for what it holds itself, where all have too many too', () => {
    const limits = new ConnectionLimits({ perAddress: 1, perPrivateAddress: 1, inAll: 1 });
    expect(limits.admit(new Socket(), '8.8.8.8')).toBeUndefined();
    expect(limits.admit(new Socket(), '8.8.8.8')).toBe('address');
    expect(limits.admit(new Socket(), '8.8.4.4')).toBe('everyone');
  });

  it('leave half of all connections to others, whatever one machine of the own network holds', () => {
    expect(2 * CONNECTIONS_PER_PRIVATE_ADDRESS).toBeLessThanOrEqual(CONNECTIONS);
    expect(CONNECTIONS_PER_PRIVATE_ADDRESS).toBeGreaterThan(CONNECTIONS_PER_ADDRESS);
  });
});

describe('answers that wait in memory', () => {
  it('are so much of one address and of all, and one alone whatever its length', () => {
    const waiting = new WaitingAnswers({ ofAddress: 10, ofPrivateAddress: 20, ofAll: 30 });
    const long = waiting.take('8.8.8.8', 25);
    expect(waiting.take('8.8.8.8', 1)).toBeUndefined();
    expect(waiting.take('2001:db8::1', 4)).toBeDefined();
    expect(waiting.take('2001:db8::2', 4)).toBeUndefined();
    long?.();
    long?.();
    expect(waiting.take('2001:db8::2', 4)).toBeDefined();
    expect(waiting.take('2001:db8::2', 3)).toBeUndefined();
    const both = [waiting.take('10.0.0.1', 10), waiting.take('10.0.0.1', 10)];
    expect(both.every((one) => one !== undefined)).toBe(true);
    expect(waiting.take('10.0.0.1', 1)).toBeUndefined();
  });
});
