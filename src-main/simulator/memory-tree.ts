import { AppError } from '../contract/errors.ts';
import type { FileKind, FileStat } from '../engine/ports/index.ts';
import { memoryPaths, splitPath } from './memory-paths.ts';
import { SparseBytes } from './sparse-bytes.ts';

/** As Linux: a path through more links than this is a loop. */
const MAX_LINKS = 40;

/** A file, folder, link or special thing; several names may lead to one file. */
export type MemoryNode = {
  readonly kind: FileKind;
  readonly inode: number;
  readonly device: number;
  readonly content: SparseBytes;
  readonly children: Map<string, MemoryNode>;
  readonly target: string;
  modifiedMs: number;
  changedMs: number;
};
/** Where a path leads: its folder, its last name there, and what is there. */
export type Place = { readonly folder: MemoryNode; readonly name: string; readonly path: string; node?: MemoryNode };

/** Nodes and names of a memory file system; knows nothing of quotas, handles or listeners. */
export class MemoryTree {
  readonly #wallMs: () => number;
  readonly #foldsCase: () => boolean;
  readonly #root: MemoryNode;
  #nextInode = 1;
  #nextDevice = 1;
  #lastStampMs = 0;

  constructor(wallMs: () => number, foldsCase: () => boolean) {
    this.#wallMs = wallMs;
    this.#foldsCase = foldsCase;
    this.#root = this.make('folder', { device: this.#nextDevice++ });
  }

  make(kind: FileKind, { device, target = '' }: { readonly device: number; readonly target?: string }): MemoryNode {
    const now = this.stamp();
    const [content, children] = [new SparseBytes(), new Map<string, MemoryNode>()];
    return { kind, inode: this.#nextInode++, device, content, children, target, modifiedMs: now, changedMs: now };
  }

  newDevice(): number {
    return this.#nextDevice++;
  }

  /** The time, never the same twice: two changes always differ in ctime, as on a file system with fine time stamps. */
  stamp(): number {
    this.#lastStampMs = Math.max(this.#wallMs(), this.#lastStampMs + 0.001);
    return this.#lastStampMs;
  }

  find(path: string, followLast = true): MemoryNode | undefined {
    return this.locate(path, followLast)?.node;
  }

  /** Undefined when the folder of `path` is not there; fails for a loop of links. */
  locate(path: string, followLast: boolean, links = 0): Place | undefined {
    if (links > MAX_LINKS) throw new AppError('disk.failed', { path, why: 'too many links' });
    let place: Place = { folder: this.#root, name: '', path: '/', node: this.#root };
    const segments = splitPath(path);
    for (const [i, segment] of segments.entries()) {
      if (place.node?.kind !== 'folder') return undefined;
      const name = this.#nameIn(place.node, segment);
      const node = place.node.children.get(name);
      const here = memoryPaths.join(place.path, name);
      const next: Place = { folder: place.node, name, path: here, ...(node && { node }) };
      const isFollowed = node?.kind === 'link' && (followLast || i < segments.length - 1);
      const target = isFollowed ? this.#followed(place.path, node, links) : next;
      if (!target) return undefined;
      place = target;
    }
    return place;
  }

  /** The name that stands there for this one. */
  #nameIn({ children }: MemoryNode, name: string): string {
    if (children.has(name) || !this.#foldsCase()) return name;
    const folded = name.toLowerCase();
    return [...children.keys()].find((other) => other.toLowerCase() === folded) ?? name;
  }

  #followed(folder: string, { target }: MemoryNode, links: number): Place | undefined {
    return this.locate(memoryPaths.isAbsolute(target) ? target : memoryPaths.join(folder, target), true, links + 1);
  }
}

export function toStat(node: MemoryNode): FileStat {
  const { kind, modifiedMs, changedMs, inode, device, content } = node;
  return { kind, size: content.size, modifiedMs, changedMs, inode: String(inode), device: String(device) };
}

/** Bytes taken by everything below a folder, each file once. */
export function allocatedBelow(folder: MemoryNode, seen = new Set<MemoryNode>()): number {
  let bytes = 0;
  for (const node of folder.children.values()) {
    if (seen.has(node)) continue;
    seen.add(node);
    bytes += node.kind === 'folder' ? allocatedBelow(node, seen) : node.content.allocated;
  }
  return bytes;
}
