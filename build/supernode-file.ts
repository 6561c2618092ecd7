import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { readSupernodeList } from '../src-main/headless/built-in-supernodes.ts';

const supernodeFileSchema = z.strictObject({
  version: z.literal(1),
  supernodes: z.array(z.string().max(400)).max(1000),
});

/** Checks a list of built-in supernodes, as SUPERNODES names it for a build; fails with what is wrong in it. */
export function checkSupernodeFile(path: string): void {
  readSupernodeList(supernodeFileSchema.parse(JSON.parse(readFileSync(path, 'utf8'))));
}
