import type { FileStat, FileSystem } from '../ports/index.ts';

type Files = Pick<FileSystem, 'list' | 'paths' | 'statLink'>;

/**
 * What is at `path`, a path at or below the folder `top`, as its folders list it. Where a file system does not regard case, a renamed
 * thing is still found under the name that it had: that counts as nothing there.
 */
export async function listedStat(files: Files, top: string, path: string): Promise<FileStat | undefined> {
  const stat = await files.statLink(path);
  if (stat === undefined || path === top) return stat;
  const { paths } = files;
  let parent = top;
  for (const name of paths.relative(top, path).split('/')) {
    if (!(await isListed(files, parent, name))) return undefined;
    parent = paths.join(parent, name);
  }
  return stat;
}

/** A list is read only where another spelling leads to something too. */
async function isListed(files: Files, parent: string, name: string): Promise<boolean> {
  const other = name === name.toLowerCase() ? name.toUpperCase() : name.toLowerCase();
  if (other === name || (await files.statLink(files.paths.join(parent, other))) === undefined) return true;
  return (await files.list(parent))?.some((entry) => entry.name === name) ?? false;
}
