import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import type { Paths } from '../engine/ports/index.ts';

/** Paths of this system. */
export const nodePaths: Paths = {
  join: (...parts) => join(...parts),
  parent: (path) => dirname(path),
  name: (path) => basename(path),
  isAbsolute: (path) => isAbsolute(path),
  isInside: (folder, path) => {
    const rest = relative(folder, path);
    return rest !== '..' && !rest.startsWith(`..${sep}`) && !isAbsolute(rest);
  },
  relative: (folder, path) => relative(folder, path).replaceAll(sep, '/'),
};
