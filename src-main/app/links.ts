import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatTarget } from '../contract/address.ts';
import type { CommandOutputs, EngineApi } from '../contract/api.ts';
import { AppError, toAppError } from '../contract/errors.ts';
import type { DownloadId } from '../contract/ids.ts';
import { type Magnet, parseMagnet } from '../contract/magnet.ts';
import { looksLocal, type WebUrl } from '../contract/web-url.ts';
import type { FileSystem } from '../engine/ports/index.ts';

type Deps = {
  readonly api: EngineApi;
  readonly files: FileSystem;
  /** Adds what a Metalink list names. */
  readonly addList: (xml: string) => Promise<CommandOutputs['list.import']>;
  /** A link or list that could not be added. */
  readonly onTrouble: (error: AppError) => void;
};
/** A web server in a local network that a download which was added names, and that is not asked yet. */
export type LocalSeed = { readonly id: DownloadId; readonly url: WebUrl };

/** The largest list that is read. */
const MAX_LIST_BYTES = 4 * 2 ** 20;
/** Links and files of one start that are looked at. */
const MAX_WORDS = 100;

/**
 * Adds what the words name: magnet links, and `.meta4` files by their paths or `file:` URLs; others are passed over. Gives the web servers that the user is to
 * be asked about.
 */
export async function openLinks(
  deps: Deps,
  words: readonly string[],
  workingFolder: string,
): Promise<readonly LocalSeed[]> {
  const wanted = words.filter((word) => isMagnet(word) || isList(word)).slice(0, MAX_WORDS);
  const local: LocalSeed[] = [];
  for (const word of wanted) {
    try {
      const added = isMagnet(word) ? addMagnet(deps, word) : addListFile(deps, toPath(word, workingFolder));
      local.push(...(await added));
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code !== 'download.exists') deps.onTrouble(error);
    }
  }
  return local;
}

const isMagnet = (word: string): boolean => /^magnet:/i.test(word);
const isList = (word: string): boolean => /\.(meta4|metalink)$/i.test(word) && !word.startsWith('-');

/** File managers may say a file as a URL, of this machine only. */
function toPath(word: string, workingFolder: string): string {
  if (!/^file:/i.test(word)) return resolve(workingFolder, word);
  try {
    return fileURLToPath(word);
  } catch (cause) {
    throw new AppError('file.missing', { path: word }, { cause });
  }
}

async function addMagnet({ api }: Deps, text: string): Promise<readonly LocalSeed[]> {
  const magnet = parseMagnet(text);
  if (!magnet) throw new AppError('input.invalid', { what: 'link', why: 'no tree hash of SHA-256 in it' });
  const { id } = await api.command('download.add', toDownload(magnet));
  return magnet.web.filter(looksLocal).map((url) => ({ id, url }));
}

const toDownload = ({ hash, name, size, sources, web }: Magnet) => ({
  hash,
  ...(name === undefined ? {} : { name: name.slice(0, 255) }),
  ...(size === undefined ? {} : { size }),
  ...(sources.length === 0 ? {} : { sources: sources.map((source) => ({ target: formatTarget(source) })) }),
  ...(web.length === 0 ? {} : { web: web.map((url) => ({ url })) }),
});

async function addListFile({ files, addList }: Deps, path: string): Promise<readonly LocalSeed[]> {
  const bytes = await files.readSmall(path, MAX_LIST_BYTES);
  if (!bytes) throw new AppError('file.missing', { path });
  return (await addList(new TextDecoder().decode(bytes))).local;
}
