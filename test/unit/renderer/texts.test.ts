// @vitest-environment happy-dom
import { describe, expect, test } from 'vitest';
import { createApp } from 'vue';
import { useI18n } from 'vue-i18n';
import { AppError } from '../../../src-main/contract/errors.ts';
import { useErrorText } from '../../../src-renderer/composables/error-text.ts';
import { useFormat } from '../../../src-renderer/composables/format.ts';
import { chooseLanguage, type Language, loadLanguage, makeI18n } from '../../../src-renderer/i18n/index.ts';
import { matchScore } from '../../../src-renderer/ui/match-score.ts';
import { showHidden } from '../../../src-renderer/ui/show-hidden.ts';

/** Runs a composable in a page of that language. */
async function inLanguage<T>(language: Language, use: () => T): Promise<T> {
  const i18n = makeI18n();
  await loadLanguage(i18n.global, language);
  i18n.global.locale.value = language;
  let used: T | undefined;
  const setup = () => {
    used = use();
    return () => null;
  };
  createApp({ setup }).use(i18n).mount(document.createElement('div'));
  return used as T;
}

describe('numbers', () => {
  test.each([
    ['en', '1.5 MB', '2,500', '50%'],
    ['de', '1,5 MB', '2.500', '50 %'],
    ['zh', '1.5 MB', '2,500', '50%'],
  ] as const)('are written as in %s', async (language, size, count, percent) => {
    const format = await inLanguage(language, useFormat);
    const plain = (text: string) => text.replaceAll(/[\u00A0\u202F]/g, ' ');
    expect(plain(format.formatSize(1_500_000))).toBe(size);
    expect(format.formatCount(2500)).toBe(count);
    expect(plain(format.formatPercent(0.5))).toBe(percent);
  });

  test('of bytes have a plural, and rates begin with kilobytes', async () => {
    const { formatSize, formatRate } = await inLanguage('en', useFormat);
    const plain = (text: string) => text.replaceAll('\u00A0', ' ');
    expect([formatSize(1), formatSize(26), formatRate(0), formatRate(400)].map(plain)).toEqual([
      '1 byte',
      '26 bytes',
      '0 kB/s',
      '0.4 kB/s',
    ]);
  });

  test('of a rate are written with the second of the language', async () => {
    const rates = await Promise.all((['en', 'de', 'ar'] as const).map((language) => inLanguage(language, useFormat)));
    expect(rates.map(({ formatRate }) => formatRate(2_000_000).replaceAll('\u00A0', ' '))).toEqual([
      '2 MB/s',
      '2 MB/s',
      expect.stringContaining('ث'),
    ]);
  });

  test('have Latin digits in Arabic too, as the hashes and addresses beside them', async () => {
    const format = await inLanguage('ar', useFormat);
    expect(format.formatCount(1234)).toMatch(/1.?234/);
  });

  test('of time are told as clocks do', async () => {
    const { formatDuration } = await inLanguage('en', useFormat);
    expect([0, 187, 3765, 90_061].map(formatDuration)).toEqual(['0:00', '3:07', '1:02:45', '1 d 1:01:01']);
  });

  test('that nobody knows are said to be unknown', async () => {
    const format = await inLanguage('de', useFormat);
    expect([format.formatSize(null), format.formatDuration(null)]).toEqual(['unbekannt', 'unbekannt']);
  });
});

describe('counted things', () => {
  const countIn = async (language: Language, count: number) => {
    const { t } = await inLanguage(language, useI18n);
    return t('common.sharing', { count }, count);
  };

  test('have the forms of Arabic: none, one, two, few, many, and hundreds', async () => {
    const texts = await Promise.all([0, 1, 2, 5, 11, 100].map((count) => countIn('ar', count)));
    expect(texts).toEqual([
      'يشارك 0 ملف',
      'يشارك ملفًا واحدًا (1)',
      'يشارك ملفين (2)',
      'يشارك 5 ملفات',
      'يشارك 11 ملفًا',
      'يشارك 100 ملف',
    ]);
  });

  test('have one form in Chinese, and two in German', async () => {
    expect(await Promise.all([0, 1, 2].map((count) => countIn('zh', count)))).toEqual(
      [0, 1, 2].map((count) => `正在共享 ${count} 个文件`),
    );
    expect(await Promise.all([0, 1, 2].map((count) => countIn('de', count)))).toEqual([
      'Teilt 0 Dateien',
      'Teilt 1 Datei',
      'Teilt 2 Dateien',
    ]);
  });
});

describe('errors', () => {
  test('are told in the language of the page, with what they are about', async () => {
    const { textOfThrown } = await inLanguage('de', useErrorText);
    expect(textOfThrown(new AppError('disk.missing', { path: '/media/usb' }))).toMatch(/^\/media\/usb ist nicht da\./);
  });

  test('that come as a code alone are told without gaps', async () => {
    const { textOfCode } = await inLanguage('en', useErrorText);
    expect(textOfCode('disk.missing')).toBe('The folder is not there. Connect the disk, or choose another folder.');
    expect(textOfCode('content.queued')).toBe('Waiting in its queue');
  });

  test('that nobody foresaw are told as what they are', async () => {
    const { textOfThrown } = await inLanguage('en', useErrorText);
    expect(textOfThrown(new TypeError('x is not a function'))).toBe(
      'Something went wrong inside Shoal: x is not a function. Try again; if it stays, please report it.',
    );
  });
});

test.each([
  ['system', ['fr-FR', 'de-AT', 'en'], 'de'],
  ['system', ['zh-Hant-TW'], 'zh'],
  ['system', ['fr'], 'en'],
  ['ar', ['de'], 'ar'],
])('the setting %s before a browser of %j gives %s', (setting, browser, language) => {
  expect(chooseLanguage(setting, browser)).toBe(language);
});

test('what hides in a name is written out; emoji and joined letters stay', () => {
  expect(showHidden('photo\u202Egpj.exe')).toBe('photo⟨202E⟩gpj.exe');
  expect(showHidden('a\u0000b\u200Bc\nd')).toBe('a⟨0000⟩b⟨200B⟩c⟨000A⟩d');
  const family = '👩\u200D👩\u200D👧 été 日本 العربية';
  expect(showHidden(family)).toBe(family);
});

test('the palette finds by letters in order, and prefers beginnings of words', () => {
  expect(matchScore('xyz', 'Go to Search')).toBe(0);
  expect(matchScore('', 'Go to Search')).toBeGreaterThan(0);
  expect(matchScore('sea', 'Go to Search')).toBeGreaterThan(matchScore('sea', 'Use a palette'));
});
