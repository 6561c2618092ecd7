import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERRORS } from '../../../src-main/contract/errors.ts';
import en from '../../../src-renderer/i18n/en/index.ts';

const RENDERER = join(import.meta.dirname, '../../../src-renderer');

/** Dotted key to text. Codes of errors have dots themselves, which is no matter here. */
const flatten = (tree: object, path = ''): [string, string][] =>
  Object.entries(tree).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[`${path}${key}`, value]] : flatten(value, `${path}${key}.`),
  );
const english = new Map(flatten(en));
const slotsOf = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
const isWithin = (part: readonly string[], whole: readonly string[]) => part.every((one) => whole.includes(one));
const escapeRegExp = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

test('every error of the contract has its sentence, with no slot that the contract does not fill', () => {
  expect(Object.keys(en.errors).sort()).toEqual(Object.keys(ERRORS).sort());
  const unfilled = Object.entries(ERRORS).filter(
    ([code, { text }]) => !isWithin(slotsOf(en.errors[code as keyof typeof ERRORS]), slotsOf(text)),
  );
  expect(unfilled).toEqual([]);
});

test('an error with slots that may come as a code alone has a sentence without', () => {
  expect(Object.keys(en.reasons).filter((code) => !Object.hasOwn(ERRORS, code))).toEqual([]);
  expect(Object.values(en.reasons).filter((text) => slotsOf(text).length > 0)).toEqual([]);
  const byCode = Object.entries(en.errors).filter(([code]) => /^(peer|content|disk)\./.test(code));
  const needed = byCode.filter(([, text]) => slotsOf(text).length > 0).map(([code]) => code);
  expect(needed.filter((code) => !Object.hasOwn(en.reasons, code))).toEqual([]);
});

describe('the sources', () => {
  const sources = readdirSync(RENDERER, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(vue|ts)$/.test(name) && !name.startsWith('i18n'))
    .map((name) => ({ name, text: readFileSync(join(RENDERER, name), 'utf8') }));
  const keys = [...english.keys()];

  test('ask for texts that are there', () => {
    const missing = sources.flatMap(({ name, text }) =>
      [...text.matchAll(/\b(?:t|te|tm)\(\s*'([^']+)'|keypath="([^"]+)"/g)]
        .map(([, called, path]) => called ?? path ?? '')
        .filter((key) => !english.has(key) && !keys.some((one) => one.startsWith(`${key}.`)))
        .map((key) => `${name}: ${key}`),
    );
    expect(missing).toEqual([]);
  });

  test('ask for families of texts that are there', () => {
    const missing = sources.flatMap(({ name, text }) =>
      [...text.matchAll(/\bt\(\s*`([^`]+)`/g)]
        .map(([, pattern = '']) => pattern)
        .filter((pattern) => {
          const wanted = new RegExp(
            `^${pattern
              .split(/\$\{[^}]*\}/)
              .map(escapeRegExp)
              .join('.+')}$`,
          );
          return !keys.some((key) => wanted.test(key));
        })
        .map((pattern) => `${name}: ${pattern}`),
    );
    expect(missing).toEqual([]);
  });
});
