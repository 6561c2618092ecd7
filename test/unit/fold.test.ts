import { expect, test } from 'vitest';
import { fold, foldWords, isCjk, toTokens } from '../../src-main/engine/fold.ts';

test.each([
  ['Blue_Train (2001).MP3', 'blue train 2001 mp3'],
  ['Straße STRAẞE ÉCOLE', 'strasse strasse ecole'],
  ['ＦＵＬＬ ｗｉｄｔｈ ①', 'full width 1'],
  ['ﬁne', 'fine'],
  ['ΣΑΣ σας', 'σασ σασ'],
  ['İstanbul ISTANBUL ıstanbul', 'istanbul istanbul istanbul'],
  ['Øre łódź æon œuvre Đà', 'ore lodz aeon oeuvre da'],
  ['Ёлка Йод', 'елка иод'],
  ['e\u0301cole', 'ecole'],
  ['שָׁלוֹם', 'שלום'],
  ['مُحَمَّد', 'محمد'],
  ['हिन्दी की', 'हिन्दी की'],
  ['がぎ ｶﾞ', 'がぎ ガ'],
  ['東京tower第1章', '東京 tower 第 1 章'],
  ['한국어 노래', '한국어 노래'],
  ['don’t C++ a&b', 'don t c a b'],
  ['\u{1f600} \ud800 !', ''],
  ['', ''],
])('%s becomes %s', (text, folded) => {
  expect(fold(text)).toBe(folded);
  expect(foldWords(text).join(' ')).toBe(folded);
});

test('a CJK word becomes its pairs and its last letter, any other word itself', () => {
  expect(toTokens('東京都')).toEqual(['東京', '京都', '都']);
  expect(toTokens('東')).toEqual(['東']);
  expect(toTokens('𠮷野')).toEqual(['𠮷野', '野']);
  expect(toTokens('tower')).toEqual(['tower']);
});

test('tells CJK words from others', () => {
  expect(['東', 'か', 'ー', '한', '𠮷', '々'].map(isCjk)).toEqual([true, true, true, true, true, true]);
  expect(['a', '1', 'é', 'я', 'ह', '', '𝒳'].map(isCjk)).toEqual([false, false, false, false, false, false, false]);
});
