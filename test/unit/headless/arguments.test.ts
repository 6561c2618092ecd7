import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { commandFirst, readCount, readSeconds, readSetting } from '../../../src-main/headless/arguments.ts';

const program = new Command('shoal');
program.command('get').option('--output <FILE>').option('--wait').option('--data <DIR>');
program.command('share').option('--data <DIR>').command('add').option('--data <DIR>').option('--json');

describe('commandFirst', () => {
  test.each([
    ['get HASH --wait', 'get HASH --wait'],
    ['--wait get HASH', 'get HASH --wait'],
    ['--data D --wait get HASH', 'get HASH --data D --wait'],
    ['--data=D get HASH', 'get HASH --data=D'],
    ['--wait get -- --odd', 'get --wait -- --odd'],
    ['--data D share --json add P', 'share add P --data D --json'],
    ['--help', '--help'],
    ['unknown --wait', 'unknown --wait'],
  ])('%s becomes %s', (given, expected) => {
    expect(commandFirst(program, given.split(' '))).toEqual(expected.split(' '));
  });
});

test.each(['0', '-1', '1.5', 'x', '', '9999999999'])('readCount refuses %j', (text) => {
  expect(() => readCount(text)).toThrow();
});

test('readSeconds takes fractions and gives milliseconds', () => {
  expect(readSeconds('1.5')).toBe(1500);
  expect(() => readSeconds('0')).toThrow();
  expect(() => readSeconds('1e3')).toThrow();
});

test('readSetting takes the units of the table and refuses what it does not know', () => {
  expect(readSetting('upload.rate=2MiB')).toEqual(['upload.rate', 2 * 2 ** 20]);
  expect(readSetting('peer.name=a=b')).toEqual(['peer.name', 'a=b']);
  expect(() => readSetting('no.such=1')).toThrow(/KEY=VALUE/);
  expect(() => readSetting('upload.queue=0')).toThrow(/between/);
  expect(() => readSetting('upload.slots')).toThrow();
});
