import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toBase64 } from '../../src-main/contract/bytes.ts';

it('base64 is what others read as the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
    }),
  );
});
