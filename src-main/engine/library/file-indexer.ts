import { type AppError, toAppError } from '../../contract/errors.ts';
import type { ContentHash } from '../../contract/ids.ts';
import { endingOf, typeOfEnding } from '../content/file-type.ts';
import { isLate } from '../is-late.ts';
import type { Clock, DescriptorReader, FileStat, FileSystem, Hasher, Logger } from '../ports/index.ts';
import type { LibraryFile } from '../store/library-file.ts';
import type { LibraryStore } from '../store/library-store.ts';
import { toCarriableDescriptor } from '../wire/descriptor-xml.ts';
import type { HashJob, HashOutcome } from './hash-queue.ts';
import type { LeftOutCounts } from './left-out-counts.ts';
import type { LeftOutFiles } from './left-out-files.ts';
import { mayPass } from './may-pass.ts';
import { isUntouched } from './same-file.ts';
import type { SharedFolder, SharedFolders } from './shared-folders.ts';

type Deps = {
  readonly clock: Clock;
  readonly files: FileSystem;
  readonly hasher: Hasher;
  readonly reader: DescriptorReader;
  readonly store: LibraryStore;
  readonly folders: SharedFolders;
  readonly left: LeftOutCounts;
  readonly leftOut: LeftOutFiles;
  readonly logger: Logger;
  readonly hide: (paths: readonly string[]) => Promise<void>;
  readonly changed: () => void;
  /** A file could not be read, for a reason that may pass. */
  readonly lookAgain: (folder: SharedFolder) => void;
};
type Content = Pick<LibraryFile, 'hash' | 'type' | 'extracted'> & { readonly chunkLayer: Uint8Array };
type Known = { readonly hash: ContentHash; readonly chunkLayer: Uint8Array };

const NO_LAYER = new Uint8Array(0);
/** A file that takes longer to describe is saved before. Only strange ones do: most take milliseconds. */
const DESCRIBE_MS = 1000;

/** Makes one file shareable: reads it once, and saves what it found if the file stayed as it was meanwhile. */
export class FileIndexer {
  readonly #deps: Deps;
  #hasSpace = true;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Never rejects. */
  async index(job: HashJob, signal: AbortSignal): Promise<HashOutcome> {
    const { path, folder } = job;
    try {
      const outcome = await this.#index(job, signal);
      this.#deps.left.setReadable(path, folder.path, true);
      return outcome;
    } catch (thrown) {
      return signal.aborted ? 'done' : this.#failed(job, toAppError(thrown));
    }
  }

  /** Saves a file of which the content is known, as long as it stays untouched; false when it did not or is not to be shared. */
  async adopt(job: HashJob, known: Known, signal: AbortSignal): Promise<boolean> {
    return (await this.#describe(job, known, signal)) === 'done';
  }

  async #index(job: HashJob, signal: AbortSignal): Promise<HashOutcome> {
    const { files, store, leftOut, hide, changed } = this.#deps;
    const stat = await files.statLink(job.path);
    if (stat?.kind !== 'file' || stat.size === 0 || leftOut.has(job.path)) {
      await hide([job.path]);
      return 'done';
    }
    if (!isUntouched(job.stat, stat)) return stat;
    if (await this.#isLeftOut({ ...job, stat })) return 'done';
    const [row] = await store.byPaths([job.path]);
    if (row && isUntouched(row.stat, stat) && !leftOut.has(job.path)) {
      await store.show([{ ...row, folder: job.folder.path, stat }]);
      changed();
      return 'done';
    }
    const moved = await this.#findMoved(job);
    if (moved) return this.#save(job, moved, signal);
    const known = await this.#deps.hasher.hashFile(job.path, signal);
    // What was shared here before and only touched is shared again.
    if (known.hash !== row?.hash && (await this.#isLeftOut({ ...job, stat, hash: known.hash }))) return 'done';
    return this.#describe(job, known, signal);
  }

  /** Whether the user left it out before it was renamed. */
  async #isLeftOut({ path, folder, ...known }: HashJob & { readonly hash?: ContentHash }): Promise<boolean> {
    const { files, left, leftOut, hide } = this.#deps;
    if (!(await leftOut.follow({ path, ...known }))) return false;
    await hide([path]);
    left.countByUser(files.paths.parent(path), folder.path, 1);
    return true;
  }

  /** A renamed folder changes neither inode nor times of its files: they are not read again. */
  async #findMoved({ path, stat }: HashJob): Promise<Content | undefined> {
    // Another file may have its number by now.
    if (stat.isRenumbered) return undefined;
    const same = await this.#deps.store.bySameFile(stat);
    const isMoved = same !== undefined && this.#deps.files.paths.name(same.path) === this.#deps.files.paths.name(path);
    return isMoved ? { ...same, chunkLayer: NO_LAYER } : undefined;
  }

  /**
   * Saves a file with what it says of itself; first without that when it takes long to say it: a file that brings the whole process down
   * while it is read must not do so again at each start.
   */
  async #describe(job: HashJob, known: Known, signal: AbortSignal): Promise<HashOutcome> {
    const { clock, reader, files } = this.#deps;
    const describing = reader.describe(job.path, signal);
    const saving = isLate(clock, { work: describing, ms: DESCRIBE_MS }, signal).then((late) => {
      const plain = { type: typeOfEnding(endingOf(files.paths.name(job.path))), extracted: {} };
      return late ? this.#save(job, { ...known, ...plain }, signal) : 'done';
    });
    const [description, outcome] = await Promise.all([describing, saving]);
    return outcome === 'done' ? this.#save(job, { ...known, ...description }, signal) : outcome;
  }

  async #save(job: HashJob, content: Content, signal: AbortSignal): Promise<HashOutcome> {
    const { files, store, folders, leftOut, hide, changed } = this.#deps;
    const { path, folder } = job;
    const after = await files.statLink(path);
    const isInPlace = (await files.realPath(path)) === path && folders.owner(path) === folder;
    // Looked at last: a file that is left out from now on is hidden after it was saved.
    if (after === undefined || !isInPlace || leftOut.has(path)) {
      await hide([path]);
      return 'done';
    }
    if (!isUntouched(job.stat, after)) return after;
    signal.throwIfAborted();
    await store.save(toLibraryFile(job, { content, stat: after, files }), content.chunkLayer);
    this.#hasSpace = true;
    changed();
    return 'done';
  }

  async #failed({ path, folder }: HashJob, error: AppError): Promise<HashOutcome> {
    const { files, left, logger, hide, lookAgain } = this.#deps;
    try {
      if (error.code === 'content.gone') return (await files.statLink(path)) ?? 'done';
      if (isOfDatabase(error, path)) return this.#noSpace(error);
      if (mayPass(error.code)) lookAgain(folder);
      if (error.code !== 'disk.missing') {
        left.setReadable(path, folder.path, false);
        logger.warn('a file cannot be shared', { path, error });
      }
      await hide([path]);
    } catch (thrown) {
      logger.warn('a file cannot be looked at', { path, error: toAppError(thrown) });
    }
    return 'done';
  }

  /** Nothing but what was found is written here, so the file is not to blame. Told once, not for each of thousands of files. */
  #noSpace(error: AppError): HashOutcome {
    if (this.#hasSpace) this.#deps.logger.warn('new files cannot be shared now', { error });
    this.#hasSpace = false;
    return 'no-space';
  }
}

/** Whether it was not the file that failed, but what is noted of it: that is written to another path. */
function isOfDatabase({ code, params }: AppError, path: string): boolean {
  return code.startsWith('data.') || (code.startsWith('disk.') && params?.path !== path);
}

function toLibraryFile(
  { path, folder }: { readonly path: string; readonly folder: SharedFolder },
  { content, stat, files }: { readonly content: Content; readonly stat: FileStat; readonly files: FileSystem },
): LibraryFile {
  const { hash, type } = content;
  const { name, extracted } = toCarriableDescriptor({
    ...{ hash, type, size: stat.size, extracted: content.extracted },
    name: files.paths.name(path),
  });
  return {
    path,
    parent: files.paths.parent(path),
    folder: folder.path,
    stat,
    hash,
    type,
    name,
    extracted,
    isShared: true,
  };
}
