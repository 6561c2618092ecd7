import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { passOverClosedPipes } from '../../../src-main/headless/process-host.ts';

test('a reader or a terminal that went away is passed over, a full disk is not', () => {
  const stream = new EventEmitter();
  passOverClosedPipes([stream]);
  const fail = (code: string) => stream.emit('error', Object.assign(new Error(code), { code }));
  expect(fail('EPIPE')).toBe(true);
  expect(fail('EIO')).toBe(true);
  expect(() => fail('ENOSPC')).toThrow('ENOSPC');
});
