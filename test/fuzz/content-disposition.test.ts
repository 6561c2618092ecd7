import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contentDisposition } from '../../src-main/engine/upload/content-headers.ts';

const SHAPE = /^attachment; filename="([^"\\]*)"; filename\*=UTF-8''([A-Za-z0-9!#$&+\-.^_`|~%]*)$/;

test('any file name becomes a header that cannot be broken out of, and a name without a path in it', () => {
  const names = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom(...'./\\"%\r\n\u202e\ud800ä') }),
  );
  fc.assert(
    fc.property(names, (name) => {
      const [, ascii = '', encoded = ''] = SHAPE.exec(contentDisposition(name)) ?? ['', 'no match/', ''];
      expect(ascii).toMatch(/^[ -~]*$/);
      for (const given of [ascii, decodeURIComponent(encoded)]) {
        expect(given).not.toMatch(/[/\\\p{Cc}\u202a-\u202e]/u);
        expect(given.startsWith('.')).toBe(false);
      }
    }),
    { numRuns: 3000 },
  );
});

test('an ordinary name arrives as it is', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-zäöü中文 ()'*]{1,40}$/), (name) => {
      const encoded = SHAPE.exec(contentDisposition(name))?.[2] ?? '';
      expect(decodeURIComponent(encoded)).toBe(name);
    }),
  );
});
