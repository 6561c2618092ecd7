import fc from 'fast-check';
import { test } from 'vitest';
import { fromUtf8, toUtf8, utf8Length } from '../../src-main/contract/utf8.ts';

const anyUnits = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) });
const wellFormed = fc.string({ unit: 'binary' });

test('the length of any text is that of its bytes, with lone surrogates too', () => {
  fc.assert(fc.property(fc.oneof(wellFormed, anyUnits), (text) => utf8Length(text) === toUtf8(text).length));
});

test('well-formed text comes back, but for a byte order mark', () => {
  fc.assert(fc.property(wellFormed, (text) => fromUtf8(toUtf8(text)) === text.replace(/^\ufeff/, '')));
});
