import { app } from 'electron';
import { z } from 'zod';
import { parseValue } from '../contract/parse-value.ts';

/** What an instance was started with, as another one learns it. */
const startedWithSchema = z.object({
  words: z.array(z.string().max(8192)).max(1000).readonly(),
  workingFolder: z.string().max(8192),
});
export type StartedWith = Readonly<z.infer<typeof startedWithSchema>>;

/** Whether this is the only instance on its data; if not, the one that is gets to know what this one was started with. */
export function takeInstance(own: StartedWith, onSecond: (other: StartedWith) => void): boolean {
  if (!app.requestSingleInstanceLock({ ...own })) return false;
  app.on('second-instance', (_event, _argv, _folder, data) => {
    const other = parseValue(startedWithSchema, data);
    onSecond(other.success ? other.data : { words: [], workingFolder: own.workingFolder });
  });
  return true;
}
