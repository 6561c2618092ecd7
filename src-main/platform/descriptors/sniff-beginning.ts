import { fileTypeFromBuffer } from 'file-type';
import type { Sniffed } from './decide-type.ts';

/** What the library says of the first bytes of a file; undefined: nothing, or they are cut or hostile. The caller bounds the time. */
export async function sniffBeginning(beginning: Uint8Array): Promise<Sniffed | undefined> {
  try {
    return await fileTypeFromBuffer(beginning);
  } catch {
    return undefined;
  }
}
