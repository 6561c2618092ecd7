import { describe, expect, it } from 'vitest';
import ar from '../../../src-renderer/i18n/ar/index.ts';
import de from '../../../src-renderer/i18n/de/index.ts';
import en from '../../../src-renderer/i18n/en/index.ts';
import es from '../../../src-renderer/i18n/es/index.ts';
import zh from '../../../src-renderer/i18n/zh/index.ts';

type Texts = ReadonlyMap<string, string>;
/** So much of a catalogue may read as in English: names of things such as `MiB` or `NodeId`. */
const MOST_EQUAL = 0.06;
/** Forms of one message by number, at most: those of Arabic. */
const MOST_FORMS = 6;

/** Every text by its path of keys, parted by a character that no key has. */
function flatten(value: object, path: readonly string[] = []): Texts {
  const texts = new Map<string, string>();
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner === 'string') texts.set([...path, key].join(' › '), inner);
    else for (const [name, text] of flatten(inner, [...path, key])) texts.set(name, text);
  }
  return texts;
}

const placeholders = (text: string): string => [...new Set(text.match(/\{\w+\}/g))].sort().join(' ');
const english = flatten(en);
const OTHERS = { de: flatten(de), es: flatten(es), zh: flatten(zh), ar: flatten(ar) };

describe('english', () => {
  it('has no empty text', () => {
    expect([...english].filter(([, text]) => text.trim() === '')).toEqual([]);
    expect(english.size).toBeGreaterThan(300);
  });
});

describe.each(Object.entries(OTHERS))('%s', (_, texts) => {
  it('has the keys of English, none more and none less', () => {
    expect([...texts.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it('has no empty text', () => {
    expect([...texts].filter(([, text]) => text.split(' | ').some((form) => form.trim() === ''))).toEqual([]);
  });

  it('has the placeholders of English in every message', () => {
    const wrong = [...texts].filter(([key, text]) => placeholders(text) !== placeholders(english.get(key) ?? ''));
    expect(wrong).toEqual([]);
  });

  it('tells one from many only where English does', () => {
    const forms = (text: string): number => text.split(' | ').length;
    const wrong = [...texts].filter(
      ([key, text]) => forms(text) > MOST_FORMS || (forms(english.get(key) ?? '') === 1 && forms(text) > 1),
    );
    expect(wrong).toEqual([]);
  });

  it('is a translation', () => {
    const same = [...texts].filter(([key, text]) => /\p{L}{3}/u.test(text) && text === english.get(key));
    expect(same.length / texts.size, same.map(([key]) => key).join('\n')).toBeLessThan(MOST_EQUAL);
  });
});
