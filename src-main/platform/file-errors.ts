import { AppError, type ErrorCode } from '../contract/errors.ts';

const CODES: Readonly<Record<string, ErrorCode>> = {
  ENOSPC: 'disk.full',
  EDQUOT: 'disk.full',
  EROFS: 'disk.read-only',
  EACCES: 'disk.denied',
  EPERM: 'disk.denied',
  ENOENT: 'disk.missing',
  ENOTDIR: 'disk.missing',
};

/** A failure of node:fs at `path` as disk.*; what is no system error passes as it is. `neededBytes` is what a full disk lacks. */
export function toDiskError(thrown: unknown, path: string, neededBytes?: number): unknown {
  const code = errnoOf(thrown);
  if (code === undefined || thrown instanceof AppError) return thrown;
  const needed = neededBytes === undefined ? 'some space' : `${Math.ceil(neededBytes / 1e6)} MB`;
  const why = thrown instanceof Error ? thrown.message : code;
  return new AppError(CODES[code] ?? 'disk.failed', { path, needed, why }, { cause: thrown });
}

/** `ENOENT` and the like, or undefined for what is no system error. */
export function errnoOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
}

/** There is no such thing at that path: a missing name, or a file where a folder was expected. */
export function isMissing(thrown: unknown): boolean {
  const code = errnoOf(thrown);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
