import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ConnectionLimits } from '../../src-main/platform/links/connection-limits.ts';

describe('connection limits', () => {
  it('count connections by address until they close', async () => {
    const limits = new ConnectionLimits({ perAddress: 2, inAll: 100 });
    const first = new Socket();
    expect(limits.admit(first, '8.8.8.8')).toBeUndefined();
    expect(limits.admit(new Socket(), '8.8.8.8')).toBeUndefined();
    expect(limits.admit(new Socket(), '8.8.8.8')).toMatch(/address/);
    expect(limits.admit(new Socket(), '8.8.8.9')).toBeUndefined();
    const closed = new Promise((resolve) => first.once('close', resolve));
    first.destroy();
    await closed;
    expect(limits.admit(new Socket(), '8.8.8.8')).toBeUndefined();
  });

  it('count a /64 of IPv6 as one address', () => {
    const limits = new ConnectionLimits({ perAddress: 1, inAll: 100 });
    expect(limits.admit(new Socket(), '2001:db8::1')).toBeUndefined();
    expect(limits.admit(new Socket(), '2001:db8::2')).toMatch(/address/);
  });

  it('count private and loopback addresses in all only', () => {
    const limits = new ConnectionLimits({ perAddress: 1, inAll: 3 });
    for (let i = 0; i < 3; i++) expect(limits.admit(new Socket(), '127.0.0.1')).toBeUndefined();
    expect(limits.admit(new Socket(), '127.0.0.1')).toMatch(/open/);
  });
});
