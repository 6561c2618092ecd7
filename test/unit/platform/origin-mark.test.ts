import { expect, test } from 'vitest';
import { originMark } from '../../../src-main/platform/origin-mark.ts';

const URL_OF_IT = 'https://files.example/a.iso';
const NOW_MS = 1_700_000_000_000;

test('Windows is told the zone, and the URL only when it may be', () => {
  expect(originMark('win32', URL_OF_IT, NOW_MS)).toEqual({
    kind: 'stream',
    name: 'Zone.Identifier',
    text: `[ZoneTransfer]\r\nZoneId=3\r\nHostUrl=${URL_OF_IT}\r\n`,
  });
  expect(originMark('win32', undefined, NOW_MS)).toMatchObject({ text: '[ZoneTransfer]\r\nZoneId=3\r\n' });
});

test('macOS is told that it is from outside, when and by whom', () => {
  for (const origin of [URL_OF_IT, undefined]) {
    expect(originMark('darwin', origin, NOW_MS)).toEqual({
      kind: 'attribute',
      name: 'com.apple.quarantine',
      value: '0081;6553f100;Shoal;',
    });
  }
});

test('other systems are told the URL, and nothing without one', () => {
  expect(originMark('linux', URL_OF_IT, NOW_MS)).toEqual({
    kind: 'attribute',
    name: 'user.xdg.origin.url',
    value: URL_OF_IT,
  });
  expect(originMark('linux', undefined, NOW_MS)).toBeUndefined();
});
