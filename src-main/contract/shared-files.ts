/** Orders of `shares.files`. */
export const SHARED_FILE_ORDERS = ['hash', 'name', 'size', 'asked'] as const;
export type SharedFileOrder = (typeof SHARED_FILE_ORDERS)[number];

/** Single files that may be left out of what is shared: each is kept in memory and compared at every scan. */
export const MAX_LEFT_OUT_FILES = 10_000;
