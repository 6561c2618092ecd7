/** Limits of what peers send each other, each with its reason. docs/limits.md lists them. */

const MIB = 2 ** 20;

/** Entries of one upload batch (protocol section 5): one batch costs the index worker less than 10 ms. */
export const FILES_BATCH_ENTRIES = 500;
/** One upload batch as sent, gzip (protocol section 5). */
export const FILES_BATCH_PACKED_BYTES = MIB;
/** One upload batch unpacked, counted while unpacking (protocol section 5): a gzip bomb ends here. */
export const FILES_BATCH_UNPACKED_BYTES = 4 * MIB;
/** Descriptors on one page of `/shares`: as many as in an upload batch, for the same time to read them. */
export const SHARES_PAGE_ENTRIES = 500;
/** One page of `/shares`: as an upload batch unpacked, since it carries the same. */
export const SHARES_PAGE_BYTES = 4 * MIB;
