import { expect, test } from 'vitest';
import { extractedEditSchema } from '../../../src-main/contract/schemas.ts';
import {
  faultOf,
  fieldsOf,
  toEdit,
  toFileType,
  toTexts,
} from '../../../src-renderer/features/library/descriptor-fields.ts';

const SONG = { title: 'A Song', artist: 'The Band', track: 3, durationSeconds: 2.5 };

test('a form has the fields that fit the type, and those that the file has beside them', () => {
  expect(fieldsOf('document', {})).toContain('pages');
  expect(fieldsOf('document', {})).not.toContain('bitrateKbps');
  expect(fieldsOf('document', { bitrateKbps: 128 })).toContain('bitrateKbps');
  expect(toFileType('hologram')).toBe('other');
});

test('only what was changed is sent; what was emptied is left out', () => {
  const texts = toTexts(fieldsOf('audio', SONG), SONG);
  expect(texts).toMatchObject({ title: 'A Song', track: '3', durationSeconds: '2.5', album: '' });
  expect(toEdit(texts, SONG)).toEqual({});
  const edit = toEdit({ ...texts, title: '  Another ', artist: ' ', track: '4', year: '1999' }, SONG);
  expect(edit).toEqual({ title: 'Another', artist: null, track: 4, year: 1999 });
  expect(extractedEditSchema.parse(edit)).toEqual(edit);
});

test.each([
  ['track', '', undefined],
  ['track', '9999', undefined],
  ['track', '10000', { kind: 'notNumber', max: 9999 }],
  ['track', '1.5', { kind: 'notNumber', max: 9999 }],
  ['year', 'MCMXCIX', { kind: 'notNumber', max: 9999 }],
  ['year', '-1', { kind: 'notNumber', max: 9999 }],
  ['durationSeconds', '1.5', undefined],
  ['title', 'x'.repeat(200), undefined],
  ['title', 'x'.repeat(201), { kind: 'tooLong', max: 200 }],
] as const)('%s %s', (field, text, fault) => {
  expect(faultOf(field, text)).toEqual(fault);
});
