import type { AppError, ErrorCode } from '../contract/errors.ts';

/** What `shoal` ends with. */
export const EXIT = { done: 0, failed: 1, usage: 2, noPeer: 3, notFound: 4 } as const;
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/** Codes that end with another status than `failed`. */
const STATUS_OF: { readonly [code in ErrorCode]?: ExitStatus } = {
  'input.invalid': EXIT.usage,
  'search.query-invalid': EXIT.usage,
  'settings.invalid': EXIT.usage,
  'control.not-running': EXIT.noPeer,
  'control.closed': EXIT.noPeer,
  'input.unknown': EXIT.notFound,
  'search.unknown': EXIT.notFound,
  'saved.unknown': EXIT.notFound,
  'download.unknown': EXIT.notFound,
  'share.unknown': EXIT.notFound,
  'share.file-unknown': EXIT.notFound,
  'share.content-unknown': EXIT.notFound,
  'share.missing': EXIT.notFound,
  'settings.unknown': EXIT.notFound,
  'content.not-found': EXIT.notFound,
  'disk.missing': EXIT.notFound,
};

export const exitStatusOf = (error: AppError): ExitStatus => STATUS_OF[error.code] ?? EXIT.failed;
