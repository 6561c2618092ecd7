/** Bounds of reading descriptors. A file at its limits still costs less than hashing 100 MiB. */

const MIB = 2 ** 20;

/** Bytes that all readers together may read of one file: the longest tags seen (covers of some MiB, several) several times over. */
export const READ_BUDGET_BYTES = 160 * MIB;
/** PDF and zip documents are read whole, for their index lies at the end; longer ones keep only their type. */
export const WHOLE_FILE_BYTES = 64 * MIB;
/** Beginning of an image in which its size stands; JPEG puts it behind EXIF and colour profile, each of at most 64 KiB a segment. */
export const IMAGE_HEAD_BYTES = MIB / 2;
/** Beginning of a web page in which its title is looked for. */
export const HTML_HEAD_BYTES = 64 * 1024;
/** One XML part of a zip document: real ones have some KiB. */
export const XML_PART_BYTES = 2 * MIB;
/** Real files take milliseconds, the first PDF of a thread half a second. */
export const DESCRIBE_TIME_MS = 10_000;
/** JavaScript memory of a thread that reads descriptors: several times what the largest PDF allowed needs. */
export const DESCRIBE_MEMORY_MIB = 256;
/**
 * Array buffers of such a thread: the largest PDF allowed holds 80 MiB, a film no more than it may read. What a file unpacks to grows by
 * doubling, so that twice this is reached for a moment.
 */
export const DESCRIBE_BUFFER_BYTES = 256 * MIB;
