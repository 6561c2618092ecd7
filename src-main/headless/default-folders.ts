import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import envPaths from 'env-paths';

/** The platform's place for application data. */
export const defaultDataFolder = (): string => envPaths('shoal', { suffix: '' }).data;

/** A folder of Shoal's own in the user's download folder: what lies in it is shared, so nothing else should. */
export const defaultDownloadsFolder = (): string => join(userDownloadsFolder(), 'Shoal');

/** On Linux as `user-dirs.dirs` says, elsewhere and by default `Downloads` in the home folder. */
function userDownloadsFolder(): string {
  const fallback = join(homedir(), 'Downloads');
  if (process.platform !== 'linux') return fallback;
  const file = join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'user-dirs.dirs');
  if (!existsSync(file)) return fallback;
  const named = /^XDG_DOWNLOAD_DIR="(.+)"$/m.exec(readFileSync(file, 'utf8'))?.[1];
  return named?.replace(/^\$HOME/, homedir()) ?? fallback;
}
