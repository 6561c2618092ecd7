import type { ContentHash } from './ids.ts';

export const FILE_TYPES = ['audio', 'video', 'image', 'document', 'software', 'archive', 'other'] as const;
export type FileType = (typeof FILE_TYPES)[number];

/** What extraction found inside a file. Text fields are at most 200 characters; every field is unverified hearsay when it came from the network. */
export type Extracted = {
  readonly title?: string;
  readonly artist?: string;
  readonly album?: string;
  readonly track?: number;
  readonly genre?: string;
  readonly year?: number;
  readonly durationSeconds?: number;
  readonly bitrateKbps?: number;
  readonly width?: number;
  readonly height?: number;
  readonly pages?: number;
  readonly language?: string;
  readonly codec?: string;
};

/** Metadata of one shared file (protocol section 5). `modifiedMs` is Unix time, only ever shown. */
export type Descriptor = {
  readonly hash: ContentHash;
  readonly size: number;
  readonly name: string;
  readonly type: FileType;
  readonly modifiedMs?: number;
  readonly extracted: Extracted;
};
