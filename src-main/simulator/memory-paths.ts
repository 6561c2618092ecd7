import type { Paths } from '../engine/ports/index.ts';

/** Paths with `/`, whatever the system. */
export const memoryPaths: Paths = {
  join: (...parts) => normalize(parts.join('/')),
  parent: (path) => normalize(path).slice(0, normalize(path).lastIndexOf('/')) || '/',
  name: (path) => splitPath(path).at(-1) ?? '',
  isAbsolute: (path) => path.startsWith('/'),
  isInside: (folder, path) => {
    const base = splitPath(folder);
    const segments = splitPath(path);
    return base.every((segment, i) => segments[i] === segment);
  },
  relative: (folder, path) => splitPath(path).slice(splitPath(folder).length).join('/'),
};

/** The segments of a path, with `.` and `..` worked out by the text alone. */
export function splitPath(path: string): string[] {
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.') segments.push(segment);
  }
  return segments;
}

function normalize(path: string): string {
  return `${path.startsWith('/') ? '/' : ''}${splitPath(path).join('/')}`;
}
