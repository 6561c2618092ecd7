import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import {
  CONNECTIONS,
  CONNECTIONS_PER_ADDRESS,
  CONNECTIONS_PER_PRIVATE_ADDRESS,
} from '../../src-main/engine/wire/limits.ts';
import { ConnectionLimits } from '../../src-main/platform/links/connection-limits.ts';

describe('connection limits', () => {
  it('count connections by address until they close', async () => {
    const limits = new ConnectionLimits({ perAddress: 2, perPrivateAddress: 100, inAll: 100 });
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
    const limits = new ConnectionLimits({ perAddress: 1, perPrivateAddress: 100, inAll: 100 });
    expect(limits.admit(new Socket(), '2001:db8::1')).toBeUndefined();
    expect(limits.admit(new Socket(), '2001:db8::2')).toMatch(/address/);
  });

  it('leave private and loopback addresses more, but no single one all there are', () => {
    const limits = new ConnectionLimits({ perAddress: 1, perPrivateAddress: 3, inAll: 5 });
    const admit = (host: string) => limits.admit(new Socket(), host);
    for (let i = 0; i < 3; i++) expect(admit('192.168.1.7')).toBeUndefined();
    expect(admit('192.168.1.7')).toMatch(/address/);
    expect(admit('192.168.1.8')).toBeUndefined();
    expect(admit('fd00::1')).toBeUndefined();
    expect(admit('fd00::2')).toMatch(/open/);
  });

  it('leave half of all connections to others, whatever one machine of the own network holds', () => {
    expect(2 * CONNECTIONS_PER_PRIVATE_ADDRESS).toBeLessThanOrEqual(CONNECTIONS);
    expect(CONNECTIONS_PER_PRIVATE_ADDRESS).toBeGreaterThan(CONNECTIONS_PER_ADDRESS);
  });
});
