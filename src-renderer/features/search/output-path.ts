/** Of a system whose paths begin with a drive or two backslashes. */
const IS_WINDOWS = /^(?:[a-z]:[\\/]|\\\\)/i;

/** Where a file of this name lies in a folder; undefined without a folder, null when the folder's path is not whole. */
export function outputPath(folder: string, name: string): string | undefined | null {
  const path = folder.trim();
  if (path === '') return undefined;
  const isWindows = IS_WINDOWS.test(path);
  if (!isWindows && !path.startsWith('/')) return null;
  const stem = isWindows ? path.replace(/[\\/]+$/, '') : path.replace(/\/+$/, '');
  return `${stem}${isWindows ? '\\' : '/'}${name}`;
}
