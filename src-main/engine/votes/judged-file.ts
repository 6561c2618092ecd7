import type { ContentHash } from '../../contract/ids.ts';

/** What a vote is about. */
export type JudgedFile = { readonly hash: ContentHash; readonly size: number };
/** Of maps. */
export type FileKey = `${ContentHash}:${number}`;

export const fileKey = ({ hash, size }: JudgedFile): FileKey => `${hash}:${size}`;
