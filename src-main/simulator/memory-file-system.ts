import { AppError } from '../contract/errors.ts';
import { utf8Length } from '../contract/utf8.ts';
import type { DirectoryEntry, FileStat, FileSystem, ReadHandle, WriteHandle } from '../engine/ports/index.ts';
import { type HandleHost, MemoryFileHandle } from './memory-file-handle.ts';
import { memoryPaths } from './memory-paths.ts';
import { allocatedBelow, type MemoryNode, MemoryTree, type Place, toStat } from './memory-tree.ts';

/** What goes wrong with a memory file system, changed at will while it is used. */
export type DiskFaults = {
  /** Room for all files together, in blocks of 4 KiB. */
  quotaBytes: number;
  readOnly: boolean;
  /** The most that one read gives: less than asked looks like a file that was cut. */
  readLimit: number;
  /** The longest name that it takes, UTF-8 bytes: 255 on most file systems, 143 on eCryptfs. */
  nameMaxBytes: number;
  /** Whether names that differ only in case are one name, as on Windows, macOS and memory sticks. */
  foldsCase: boolean;
  /** These files and folders, and everything below them, cannot be read. */
  readonly unreadable: Set<string>;
};

type Deps = { readonly clock: { wallMs(): number } };

/** Files in memory, with inodes, hard and symbolic links, several devices, and faults. */
export class MemoryFileSystem implements FileSystem {
  readonly paths = memoryPaths;
  readonly faults: DiskFaults = {
    quotaBytes: Number.MAX_SAFE_INTEGER,
    readOnly: false,
    readLimit: Number.MAX_SAFE_INTEGER,
    nameMaxBytes: 255,
    foldsCase: false,
    unreadable: new Set(),
  };
  /** What was given to the user, by the path of that moment, and the origin that was told. */
  readonly handedOver = new Map<string, string | undefined>();
  readonly #tree: MemoryTree;
  readonly #listeners = new Set<(path: string) => void>();
  readonly #vanished = new Map<string, MemoryNode>();
  #openHandles = 0;

  constructor({ clock }: Deps) {
    this.#tree = new MemoryTree(
      () => clock.wallMs(),
      () => this.faults.foldsCase,
    );
  }

  /** Files that are open: what a leak check counts. */
  get openHandles(): number {
    return this.#openHandles;
  }

  /** Calls `listener` with the path of whatever appears, changes or goes, until the returned function is called. */
  onChange(listener: (path: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Makes or overwrites a file in place, with the folders above it. */
  putFile(path: string, content: Uint8Array | string): void {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const node = this.#file(path);
    node.content.resize(0);
    node.content.write(bytes, 0);
    this.#touch(node, path);
  }

  /** Makes a symbolic link; `target` is absolute or relative to its folder. */
  putLink(path: string, target: string): void {
    this.#put(path, 'link', target);
  }

  /** Makes something that is neither file, folder nor link, as a socket is. */
  putSpecial(path: string): void {
    this.#put(path, 'other');
  }

  /** Makes an empty folder that is another file system. */
  mount(path: string): void {
    const { folder, name } = this.#place(path);
    folder.children.set(name, this.#tree.make('folder', { device: this.#tree.newDevice() }));
  }

  /** Sets mtime, as `touch -d` does; ctime is now. */
  setModified(path: string, modifiedMs: number): void {
    const node = this.#need(path);
    node.modifiedMs = modifiedMs;
    node.changedMs = this.#tree.stamp();
    this.#tell(path);
  }

  /** Takes a folder away as an unplugged disk does, without a word to its watchers; `comeBack` brings it back as it was. */
  vanish(path: string): void {
    const { folder, name, node } = this.#place(path);
    if (!node) throw missing(path);
    this.#vanished.set(path, node);
    folder.children.delete(name);
  }

  comeBack(path: string): void {
    const node = this.#vanished.get(path);
    if (!node) throw missing(path);
    const { folder, name } = this.#place(path);
    folder.children.set(name, node);
    this.#vanished.delete(path);
  }

  async stat(path: string): Promise<FileStat | undefined> {
    const node = this.#tree.find(path);
    return node && toStat(node);
  }

  async statLink(path: string): Promise<FileStat | undefined> {
    const node = this.#tree.find(path, false);
    return node && toStat(node);
  }

  async realPath(path: string): Promise<string | undefined> {
    const place = this.#tree.locate(path, true);
    return place?.node && place.path;
  }

  async list(path: string): Promise<readonly DirectoryEntry[] | undefined> {
    const node = this.#tree.find(path);
    if (node?.kind !== 'folder') return undefined;
    this.#checkReadable(path);
    const names = [...node.children.keys()].sort();
    return names.map((name) => ({ name, kind: node.children.get(name)?.kind ?? 'other' }));
  }

  async makeFolder(path: string): Promise<void> {
    this.#admit(path, 0);
    this.#makeFolders(path);
  }

  async openRead(path: string): Promise<ReadHandle | undefined> {
    const node = this.#tree.find(path, false);
    if (!node) return undefined;
    if (node.kind !== 'file') throw notRegular(path);
    this.#checkReadable(path);
    return this.#open(node, path);
  }

  async openWrite(path: string): Promise<WriteHandle> {
    this.#admit(path, 0);
    const place = this.#tree.locate(path, false);
    if (!place) throw missing(path);
    const node = place.node ?? this.#create(place, 'file');
    if (node.kind !== 'file') throw notRegular(path);
    return this.#open(node, path);
  }

  async link(from: string, to: string): Promise<'linked' | 'exists' | 'unsupported' | 'too-long'> {
    this.#admit(to, 0);
    if (this.#isTooLong(to)) return 'too-long';
    const node = this.#need(from);
    const place = this.#tree.locate(to, false);
    if (!place) throw missing(to);
    if (place.node) return 'exists';
    if (node.device !== place.folder.device) return 'unsupported';
    place.folder.children.set(place.name, node);
    node.changedMs = this.#tree.stamp();
    this.#tell(place.path);
    return 'linked';
  }

  async createExclusive(path: string): Promise<'created' | 'exists' | 'too-long'> {
    this.#admit(path, 0);
    if (this.#isTooLong(path)) return 'too-long';
    const place = this.#tree.locate(path, false);
    if (!place) throw missing(path);
    if (place.node) return 'exists';
    this.#create(place, 'file');
    return 'created';
  }

  async rename(from: string, to: string): Promise<'renamed' | 'other-device'> {
    this.#admit(to, 0);
    const source = this.#tree.locate(from, false);
    const target = this.#tree.locate(to, false);
    if (!source?.node) throw missing(from);
    if (!target) throw missing(to);
    if (source.node.device !== target.folder.device) return 'other-device';
    // The same thing under its own name: where case does not count it is written as asked from now on.
    const name = target.node === source.node ? memoryPaths.name(to) : target.name;
    source.folder.children.delete(source.name);
    target.folder.children.set(name, source.node);
    source.node.changedMs = this.#tree.stamp();
    this.#tell(source.path);
    this.#tell(memoryPaths.join(memoryPaths.parent(target.path), name));
    return 'renamed';
  }

  async handOver(path: string, origin: string | undefined): Promise<void> {
    const node = this.#need(path);
    node.changedMs = this.#tree.stamp();
    this.handedOver.set(path, origin);
  }

  async remove(path: string): Promise<void> {
    this.#admit(path, 0);
    const place = this.#tree.locate(path, false);
    if (!place?.node) return;
    if (place.node.kind === 'folder') throw new AppError('disk.failed', { path, why: 'it is a folder' });
    place.folder.children.delete(place.name);
    place.node.changedMs = this.#tree.stamp();
    this.#tell(place.path);
  }

  async syncFolder(path: string): Promise<void> {
    this.#need(path);
  }

  async freeBytes(path: string): Promise<number> {
    this.#need(path);
    return Math.max(0, this.faults.quotaBytes - this.#allocated());
  }

  async readSmall(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    const node = this.#tree.find(path);
    if (!node) return undefined;
    if (node.kind !== 'file') throw notRegular(path);
    this.#checkReadable(path);
    if (node.content.size > maxBytes)
      throw new AppError('disk.failed', { path, why: `it is longer than ${maxBytes} bytes` });
    const bytes = new Uint8Array(node.content.size);
    node.content.read(bytes, 0);
    return bytes;
  }

  async writeSmall(path: string, bytes: Uint8Array): Promise<void> {
    const place = this.#tree.locate(path, false);
    if (!place) throw missing(path);
    this.#admit(path, bytes.length);
    const node = this.#tree.make('file', { device: place.folder.device });
    node.content.write(bytes, 0);
    place.folder.children.set(place.name, node);
    this.#tell(place.path);
  }

  #isTooLong(path: string): boolean {
    return utf8Length(memoryPaths.name(path)) > this.faults.nameMaxBytes;
  }

  #open(node: MemoryNode, path: string): MemoryFileHandle {
    this.#openHandles++;
    const host: HandleHost = {
      readLimit: () => this.faults.readLimit,
      admit: (at, bytes) => this.#admit(at, bytes),
      changed: (changed, at) => this.#touch(changed, at),
      closed: () => this.#openHandles--,
    };
    return new MemoryFileHandle(host, node, path);
  }

  #admit(path: string, bytes: number): void {
    if (this.faults.readOnly) throw new AppError('disk.read-only', { path });
    if (bytes === 0 || this.faults.quotaBytes === Number.MAX_SAFE_INTEGER) return;
    if (this.#allocated() + bytes > this.faults.quotaBytes) {
      throw new AppError('disk.full', { path, needed: `${bytes} bytes` });
    }
  }

  #allocated(): number {
    const root = this.#tree.find('/');
    return root ? allocatedBelow(root) : 0;
  }

  #checkReadable(path: string): void {
    for (const denied of this.faults.unreadable) {
      if (this.paths.isInside(denied, path)) throw new AppError('disk.denied', { path });
    }
  }

  #touch(node: MemoryNode, path: string): void {
    node.modifiedMs = this.#tree.stamp();
    node.changedMs = node.modifiedMs;
    this.#tell(path);
  }

  #tell(path: string): void {
    for (const listener of [...this.#listeners]) listener(path);
  }

  #need(path: string): MemoryNode {
    const node = this.#tree.find(path);
    if (!node) throw missing(path);
    return node;
  }

  #file(path: string): MemoryNode {
    const place = this.#place(path);
    if (place.node && place.node.kind !== 'file') throw notRegular(path);
    return place.node ?? this.#create(place, 'file');
  }

  #put(path: string, kind: 'link' | 'other', target?: string): void {
    const place = this.#place(path, false);
    const node = this.#tree.make(kind, { device: place.folder.device, ...(target === undefined ? {} : { target }) });
    place.folder.children.set(place.name, node);
    this.#tell(place.path);
  }

  #create(place: Place, kind: 'file' | 'folder'): MemoryNode {
    if (this.#isTooLong(place.path))
      throw new AppError('disk.failed', { path: place.path, why: 'the name is too long' });
    const node = this.#tree.make(kind, { device: place.folder.device });
    place.folder.children.set(place.name, node);
    this.#tell(place.path);
    return node;
  }

  /** The place of `path`, making the folders above it. */
  #place(path: string, followLast = true): Place {
    this.#makeFolders(memoryPaths.parent(path));
    const place = this.#tree.locate(path, followLast);
    if (!place) throw missing(path);
    return place;
  }

  #makeFolders(path: string): void {
    if (path === '/') return;
    this.#makeFolders(memoryPaths.parent(path));
    const place = this.#tree.locate(path, true);
    if (!place) throw missing(path);
    if (place.node === undefined) this.#create(place, 'folder');
    else if (place.node.kind !== 'folder') throw new AppError('disk.missing', { path });
  }
}

function missing(path: string): AppError {
  return new AppError('disk.missing', { path });
}

function notRegular(path: string): AppError {
  return new AppError('disk.failed', { path, why: 'it is not a regular file' });
}
