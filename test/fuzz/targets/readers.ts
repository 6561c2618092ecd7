import { deepEqual } from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseValue } from '../../../src-main/contract/parse-value.ts';
import { extractedSchema } from '../../../src-main/contract/schemas.ts';
import { contentTypeOf } from '../../../src-main/platform/descriptors/content-type.ts';
import { describeFile } from '../../../src-main/platform/descriptors/describe-file.ts';
import { isText } from '../../../src-main/platform/descriptors/is-text.ts';
import { passiveTypeOf } from '../../../src-main/platform/descriptors/passive-type.ts';
import { BEGINNINGS } from './beginnings.ts';
import type { Target } from './target.ts';

/** What reads the contents of files, by libraries of others. The program runs them in threads that it ends: DescriptorPool. */

/** Names that lead to the same readers. */
const KINDS: Readonly<Record<string, readonly string[]>> = {
  media: ['a.mp3', 'a.flac', 'a.ogg', 'a.mp4', 'a.mkv', 'a.wav'],
  film: ['a.avi'],
  picture: ['a.png', 'a.jpg', 'a.tiff', 'a.heic'],
  pdf: ['a.pdf'],
  'zip-document': ['a.docx', 'a.epub', 'a.odt'],
  'web-page': ['a.html'],
};

/** They read files: each target one in `folder`, written anew for each input. */
export function readerTargets(folder: string): readonly Target[] {
  return [...Object.entries(KINDS).map(([kind, names]) => describedTarget(folder, kind, names)), beginning];
}

function describedTarget(folder: string, kind: string, names: readonly string[]): Target {
  const path = join(folder, names[0] ?? kind);
  return {
    name: `file-${kind}`,
    isBounded: true,
    seeds: names.flatMap((name) => BEGINNINGS[name] ?? []),
    async run(input) {
      writeFileSync(path, input);
      const { extracted } = await describeFile(path);
      deepEqual(parseValue(extractedSchema, extracted), { success: true, data: extracted });
    },
  };
}

const beginning: Target = {
  name: 'file-beginning',
  isBounded: true,
  seeds: Object.values(BEGINNINGS),
  async run(input) {
    isText(input);
    await passiveTypeOf(input);
    await contentTypeOf(input);
  },
};
