import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../../contract/errors.ts';
import { writePrivate } from '../../private-file.ts';
import { makeToken } from '../../token.ts';

/** In the data folder. */
const METRICS_TOKEN_FILE = 'metrics-token';

/**
 * What whoever collects metrics must show. Kept over restarts, because a collector is set up once; it opens nothing but `/metrics`. Made
 * when it is missing or not one of ours; fails with data.unusable.
 */
export async function loadMetricsToken(dataFolder: string): Promise<string> {
  const path = join(dataFolder, METRICS_TOKEN_FILE);
  try {
    const kept = (await readFile(path, 'utf8').catch(passMissing)).trim();
    if (/^[0-9a-f]{64}$/.test(kept)) return kept;
    const token = makeToken();
    await writePrivate(path, `${token}\n`);
    return token;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('data.unusable', { path, why }, { cause });
  }
}

function passMissing(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return '';
  throw error;
}
