import { errorText, toAppError } from '../contract/errors.ts';
import type { HashedFile, Hasher } from '../engine/ports/index.ts';

type Options = {
  readonly files: readonly string[];
  readonly json: boolean;
  readonly hasher: Hasher;
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
};

/** Prints the ContentHash of each file in the order given, as `<hash>  <file>` or JSON; returns the exit status: 1 when one failed. */
export async function hashFiles({ files, json, hasher, out, err }: Options): Promise<number> {
  const answers = files.map((file) => hasher.hashFile(file).catch(toAppError));
  let status = 0;
  for (const [index, answer] of answers.entries()) {
    const file = files[index] ?? '';
    const hashed = await answer;
    if (hashed instanceof Error) {
      status = 1;
      err(hashed.code === 'content.gone' ? `${file}: ${EMPTY_OR_CHANGED}` : errorText(hashed));
    } else out(json ? toJson(hashed, file) : `${hashed.hash}  ${file}`);
  }
  return status;
}

/** A hasher does not tell these two apart, and its sentence is about another peer's file. */
const EMPTY_OR_CHANGED =
  'is empty, or changed while it was read: empty files are not shared; else try again when it is complete';

const toJson = ({ hash, size }: HashedFile, file: string) => JSON.stringify({ hash, size, file });
