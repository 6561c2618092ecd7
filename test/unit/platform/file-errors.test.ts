import { expect, test } from 'vitest';
import { AppError } from '../../../src-main/contract/errors.ts';
import { isMissing, toDiskError } from '../../../src-main/platform/file-errors.ts';

const systemError = (code: string) => Object.assign(new Error(`${code}: it failed`), { code });

test.each([
  ['ENOSPC', 'disk.full'],
  ['EDQUOT', 'disk.full'],
  ['EROFS', 'disk.read-only'],
  ['EACCES', 'disk.denied'],
  ['EPERM', 'disk.denied'],
  ['ENOENT', 'disk.missing'],
  ['ENOTDIR', 'disk.missing'],
  ['EIO', 'disk.failed'],
])('%s is %s, with a sentence that names the path', (errno, code) => {
  const error = toDiskError(systemError(errno), '/some/path', 12);
  expect(error).toMatchObject({ code });
  expect(String(error)).toContain('/some/path');
  expect(String(error)).not.toContain('?');
});

test('what is no system error passes as it is', () => {
  const known = new AppError('content.gone');
  const bug = new TypeError('a bug');
  expect([toDiskError(known, '/p'), toDiskError(bug, '/p')]).toEqual([known, bug]);
  expect([isMissing(systemError('ENOENT')), isMissing(bug)]).toEqual([true, false]);
});
