import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EXTRACTED_NUMBERS, type Extracted, FILE_TYPES } from '../../src-main/contract/descriptor.ts';
import type { NodeId } from '../../src-main/contract/ids.ts';
import { readAnswer, writeAnswer } from '../../src-main/engine/ports/answer-text.ts';
import { toIndexedText, toShownText } from '../../src-main/engine/supernode/indexed-text.ts';
import { EXTRACTED_FIELDS } from '../../src-main/engine/wire/descriptor-xml.ts';
import { hash, node } from '../support/index-batches.ts';

const text = fc.string({ unit: 'binary', maxLength: 60 });
const anyOf = (field: keyof Extracted) =>
  field in EXTRACTED_NUMBERS ? fc.double({ min: 0, max: 9999, noNaN: true }) : text;
const extracted: fc.Arbitrary<Extracted> = fc.record(
  Object.fromEntries(EXTRACTED_FIELDS.map((field) => [field, anyOf(field)])),
  { requiredKeys: [] },
);
const shown = fc.record({ name: text, type: fc.constantFrom(...FILE_TYPES), extracted });

test('what the index keeps of a descriptor is read as it was written, whatever characters it has', () => {
  fc.assert(
    fc.property(shown, (fields) => {
      expect(toShownText(toIndexedText({ hash: hash(1), size: 1, ...fields }))).toBe(JSON.stringify(fields));
    }),
    { numRuns: 1000 },
  );
});

test('an answer is read as it was written', () => {
  const hit = fc.record({
    hash: fc.nat().map(hash),
    size: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    holders: fc.array(fc.nat().map(node), { minLength: 1, maxLength: 4 }) as fc.Arbitrary<NodeId[]>,
    shown: shown.map((fields) => JSON.stringify(fields)),
  });
  fc.assert(
    fc.property(fc.record({ hits: fc.array(hit), more: fc.boolean() }), (answer) => {
      expect(readAnswer(writeAnswer(answer))).toEqual(answer);
    }),
  );
});
