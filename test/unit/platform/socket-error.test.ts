import { expect, it } from 'vitest';
import { toPeerError } from '../../../src-main/platform/links/socket-error.ts';

it.each([
  ['EMFILE', 'peer.dial-limited'],
  ['ENFILE', 'peer.dial-limited'],
  ['ENOBUFS', 'peer.dial-limited'],
  ['ENETDOWN', 'peer.unreachable'],
  ['ECONNREFUSED', 'peer.unreachable'],
  ['ETIMEDOUT', 'peer.timeout'],
  ['ECONNRESET', 'peer.closed'],
])('%s is %s: what this machine lacks is held against no address', (code, expected) => {
  const error = Object.assign(new Error(code), { code });
  expect(toPeerError(error, { host: '8.8.8.8', port: 1214 }).code).toBe(expected);
});
