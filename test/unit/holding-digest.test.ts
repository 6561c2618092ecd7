import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ContentHash } from '../../src-main/contract/ids.ts';
import { HoldingDigest } from '../../src-main/engine/wire/holding-digest.ts';

const sha256 = (message: Uint8Array | string) => new Uint8Array(createHash('sha256').update(message).digest());
const file = (i: number, name = `${i}.mp3`) => ({
  hash: String(i).padStart(64, '0') as ContentHash,
  size: i + 1,
  name,
});

function digestOf(files: readonly ReturnType<typeof file>[]): string {
  const digest = new HoldingDigest(sha256);
  for (const entry of files) digest.add(entry);
  return digest.value();
}

test('the digest of one file is the head of a SHA-256, that of none is zero', () => {
  const expected = createHash('sha256')
    .update(`${'0'.repeat(63)}1:2:ä.mp3`)
    .digest('hex')
    .slice(0, 32);
  expect(digestOf([file(1, 'ä.mp3')])).toBe(expected);
  expect(digestOf([])).toBe('0'.repeat(32));
});

test('the order of additions and a removed file leave no trace', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(1000), { minLength: 1, maxLength: 50 }), fc.nat(), (ids, pick) => {
      const files = ids.map((id) => file(id));
      expect(digestOf(files.toReversed())).toBe(digestOf(files));
      const digest = new HoldingDigest(sha256);
      for (const entry of files) digest.add(entry);
      const gone = files[pick % files.length] ?? file(0);
      digest.remove(gone);
      expect(digest.value()).toBe(digestOf(files.filter((entry) => entry !== gone)));
    }),
  );
});

test('another name is another digest', () => {
  expect(digestOf([file(1, 'a')])).not.toBe(digestOf([file(1, 'b')]));
});
