/** What a list of files (Metalink 4, RFC 5854) may hold, read or written. */

/** UTF-8 when written; as many UTF-16 units when read. */
export const MAX_LIST_BYTES = 4 * 2 ** 20;
export const MAX_LIST_FILES = 10_000;
/** Of one file. */
export const MAX_LIST_SOURCES = 100;

export const LIST_CONTENTS = ['library', 'downloads'] as const;
