/** The folder of a file on the peer's machine, whose kind of paths a page can only see from the path. */
export function folderOf(path: string): string {
  const end = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
  // The root keeps its separator.
  return path.slice(0, end === 0 || path[end - 1] === ':' ? end + 1 : Math.max(0, end));
}
