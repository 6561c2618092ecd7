import { resolve } from 'node:path';
import { formatTarget } from '../contract/address.ts';
import type { EngineApi } from '../contract/api.ts';
import { AppError, toAppError } from '../contract/errors.ts';
import { type Magnet, parseMagnet } from '../contract/magnet.ts';
import type { FileSystem } from '../engine/ports/index.ts';

type Deps = {
  readonly api: EngineApi;
  readonly files: FileSystem;
  /** Adds what a Metalink list names. */
  readonly addList: (xml: string) => Promise<unknown>;
  /** A link or list that could not be added. */
  readonly onTrouble: (error: AppError) => void;
};

/** The largest list that is read. */
const MAX_LIST_BYTES = 4 * 2 ** 20;
/** Links and files of one start that are looked at. */
const MAX_WORDS = 100;

/** Adds what the words name: magnet links, and `.meta4` files by their paths; others are passed over. Gives whether there were any. */
export async function openLinks(deps: Deps, words: readonly string[], workingFolder: string): Promise<boolean> {
  const wanted = words.filter((word) => isMagnet(word) || isList(word)).slice(0, MAX_WORDS);
  for (const word of wanted) {
    try {
      if (isMagnet(word)) await addMagnet(deps, word);
      else await addListFile(deps, resolve(workingFolder, word));
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code !== 'download.exists') deps.onTrouble(error);
    }
  }
  return wanted.length > 0;
}

const isMagnet = (word: string): boolean => /^magnet:/i.test(word);
const isList = (word: string): boolean => /\.(meta4|metalink)$/i.test(word) && !word.startsWith('-');

async function addMagnet({ api }: Deps, text: string): Promise<void> {
  const magnet = parseMagnet(text);
  if (!magnet) throw new AppError('input.invalid', { what: 'link', why: 'no tree hash of SHA-256 in it' });
  await api.command('download.add', toDownload(magnet));
}

const toDownload = ({ hash, name, size, sources }: Magnet) => ({
  hash,
  ...(name === undefined ? {} : { name: name.slice(0, 255) }),
  ...(size === undefined ? {} : { size }),
  ...(sources.length === 0 ? {} : { sources: sources.map((source) => ({ target: formatTarget(source) })) }),
});

async function addListFile({ files, addList }: Deps, path: string): Promise<void> {
  const bytes = await files.readSmall(path, MAX_LIST_BYTES);
  if (!bytes) throw new AppError('file.missing', { path });
  await addList(new TextDecoder().decode(bytes));
}
