import { expect, test } from 'vitest';
import { isPageUrl } from '../../../src-main/app/page-address.ts';
import { readStartWords } from '../../../src-main/app/start-words.ts';
import { fill, textsFor } from '../../../src-main/app/texts/texts-for.ts';
import { AppError } from '../../../src-main/contract/errors.ts';

const read = (...words: string[]) => readStartWords(words, '/here');

test('options of the application are read, those of Chromium, links and files are passed over', () => {
  const { run, isHidden } = read(
    ...['--no-sandbox', '--remote-debugging-port=0', '/the/application', 'magnet:?xt=x', 'list.meta4'],
    ...['--data', 'data', '--set', 'upload.slots=7', '--hidden', '--share', 'a', '--share', '/b', '--downloads', 'd'],
  );
  expect(run).toEqual({
    dataFolder: '/here/data',
    shares: ['/here/a', '/b'],
    bootstrap: [],
    overrides: { 'upload.slots': 7, 'downloads.folder': '/here/d' },
  });
  expect(isHidden).toBe(true);
});

test.each([
  [['--listen', 'nonsense'], 'HOST:PORT'],
  [['--set', 'no.such=1'], 'KEY=VALUE'],
  [['--data'], 'argument missing'],
])('a mistake in %j is told of', (words, text) => {
  expect(() => read(...words)).toThrow(AppError);
  expect(() => read(...words)).toThrow(text);
});

test('only the page itself is the page', () => {
  expect(isPageUrl('shoal-page://app/index.html')).toBe(true);
  for (const url of [
    'shoal-page://other/',
    'shoal-media://app/',
    'https://app/',
    'shoal-page:app',
    'about:blank',
    '',
  ]) {
    expect(isPageUrl(url), url).toBe(false);
  }
});

test('the language is the chosen one, else of the system, else English', () => {
  expect(textsFor('de', 'es').quit).toBe('Shoal beenden');
  expect(textsFor(undefined, 'zh-CN').quit).toBe('退出 Shoal');
  expect(textsFor('system', 'ar_EG').quit).toBe('إنهاء Shoal');
  expect(textsFor(undefined, 'fr-FR').quit).toBe('Quit Shoal');
  expect(fill('{down}/s, {up}/s', { down: '1 B', up: '2 B' })).toBe('1 B/s, 2 B/s');
});
