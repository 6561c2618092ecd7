import { resolve } from 'node:path';
import { errorText, toAppError } from '../contract/errors.ts';
import { EXIT, type ExitStatus, exitStatusOf } from './exit-status.ts';
import { safeText } from './format.ts';
import type { FileHasher } from './host.ts';
import type { Output } from './output.ts';

type Deps = { readonly hasher: Pick<FileHasher, 'hashFile'>; readonly workingFolder: string; readonly out: Output };

/** Prints the ContentHash of each file in the order given; gives the exit status, which is that of the last one that failed. */
export async function hashFiles(files: readonly string[], { hasher, workingFolder, out }: Deps): Promise<ExitStatus> {
  let status: ExitStatus = EXIT.done;
  for (const file of files) {
    try {
      const { hash, size } = await hasher.hashFile(resolve(workingFolder, file));
      out.answer({ hash, size, file }, () => `${hash}  ${safeText(file)}`);
    } catch (thrown) {
      const error = toAppError(thrown);
      out.remark(error.code === 'content.gone' ? `${safeText(file)} ${EMPTY_OR_CHANGED}` : safeText(errorText(error)));
      status = exitStatusOf(error);
    }
  }
  return status;
}

/** A hasher does not tell these two apart, and its sentence is about another peer's file. */
const EMPTY_OR_CHANGED =
  'is empty, or changed while it was read: empty files are not shared; else try again when it is complete';
