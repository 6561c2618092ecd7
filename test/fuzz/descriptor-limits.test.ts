import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EXTRACTED_NUMBERS, FILE_TYPES } from '../../src-main/contract/descriptor.ts';
import { descriptorSchema } from '../../src-main/contract/schemas.ts';
import { decodeDescriptor } from '../../src-main/engine/wire/descriptor-xml.ts';
import { decodeAttribute } from '../../src-main/engine/wire/xml.ts';

/** Attribute of each field: as the wire names them, written down once more so that a change of names is noticed. */
const TEXTS = {
  title: 'title',
  artist: 'artist',
  album: 'album',
  genre: 'genre',
  language: 'language',
  codec: 'codec',
};
const NUMBERS = {
  track: 'track',
  year: 'year',
  durationSeconds: 'duration',
  bitrateKbps: 'bitrate',
  width: 'width',
  height: 'height',
  pages: 'pages',
} as const satisfies Record<keyof typeof EXTRACTED_NUMBERS, string>;

/** What the schema says of the same attributes. */
function bySchema(attributes: Readonly<Record<string, string>>): unknown {
  const number = (text: string) => (/^\d{1,16}(?:\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN);
  const pick = (names: Readonly<Record<string, string>>, read: (text: string) => unknown) =>
    Object.entries(names).flatMap(([field, attribute]) => {
      const text = attributes[attribute];
      return text === undefined ? [] : [[field, read(text)] as const];
    });
  const fields = [...pick(TEXTS, decodeAttribute), ...pick(NUMBERS, number)];
  const { hash, type, modified } = attributes;
  return descriptorSchema.safeParse({
    hash,
    type,
    name: decodeAttribute(attributes.name ?? ''),
    size: attributes.size === undefined ? undefined : number(attributes.size),
    ...(modified === undefined ? {} : { modifiedMs: number(modified) }),
    extracted: Object.fromEntries(fields),
  }).data;
}

const limits = [
  1,
  2 ** 53 - 1,
  2 ** 53,
  8.64e15,
  8.64e15 + 2,
  ...Object.values(EXTRACTED_NUMBERS).flatMap(({ max }) => [max, max + 1, max + 0.5]),
];
const numberText = fc.oneof(
  fc.constantFrom(...limits.map(String)),
  fc.nat(10_000).map(String),
  fc.double({ min: 0, max: 1e7, noNaN: true }).map((value) => value.toFixed(3)),
  fc.constantFrom(
    '',
    '0',
    '00',
    '-1',
    '+1',
    '1e3',
    '0x10',
    ' 1',
    '1 ',
    '1.',
    '.5',
    '1.5',
    'NaN',
    'Infinity',
    '9'.repeat(17),
  ),
);
const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom(
    '',
    '.',
    '..',
    '...',
    'a/b',
    'a\0b',
    '&amp;',
    '&#47;',
    '&#0;',
    '&#x2f;',
    '&no;',
    '&',
    '&#46;&#46;',
    '\n',
    '..\n',
  ),
  fc.nat(300).map((length) => 'x'.repeat(length)),
);
const attributes = fc.record(
  {
    hash: fc.constantFrom('a'.repeat(64), 'A'.repeat(64), 'a'.repeat(63), `${'a'.repeat(64)}\n`, ''),
    size: numberText,
    name: text,
    type: fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom<string>(...FILE_TYPES) },
      fc.constantFrom('', 'song', 'Audio'),
    ),
    modified: numberText,
    ...Object.fromEntries(Object.values(TEXTS).map((name) => [name, text])),
    ...Object.fromEntries(Object.values(NUMBERS).map((name) => [name, numberText])),
    other: text,
  },
  { requiredKeys: [] },
);
/** A good one with few changes, so that a single broken limit decides. */
const nearlyGood = fc
  .tuple(
    attributes,
    fc.subarray(['size', 'name', 'type', 'modified', ...Object.values(TEXTS), ...Object.values(NUMBERS)], {
      maxLength: 2,
    }),
  )
  .map(([all, kept]) => ({
    hash: 'a'.repeat(64),
    size: '5',
    name: 'song.mp3',
    type: 'audio',
    ...Object.fromEntries(Object.entries(all).filter(([name]) => kept.includes(name))),
  }));

test('a descriptor is accepted exactly when the schema accepts it, with the same fields in the same order', () => {
  let accepted = 0;
  fc.assert(
    fc.property(fc.oneof(attributes, nearlyGood), (given) => {
      const decoded = decodeDescriptor(given);
      if (decoded !== undefined) accepted++;
      expect(decoded).toEqual(bySchema(given));
      expect(JSON.stringify(decoded)).toBe(JSON.stringify(bySchema(given)));
    }),
    { numRuns: 10_000 },
  );
  expect(accepted).toBeGreaterThan(1000);
});
