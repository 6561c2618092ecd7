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

/** What the user says of a file of his own, over what extraction found: a value in its place, null: the field is left out. */
export type ExtractedEdit = { readonly [Field in keyof Extracted]?: Extracted[Field] | null };

/** Metadata of one shared file (protocol section 5). `modifiedMs` is Unix time, only ever shown. */
export type Descriptor = {
  readonly hash: ContentHash;
  readonly size: number;
  readonly name: string;
  readonly type: FileType;
  readonly modifiedMs?: number;
  readonly extracted: Extracted;
};

/** Longest texts of a descriptor, UTF-16 units. A name is one path segment as every system has it, never used as a path as it stands. */
export const MAX_NAME_LENGTH = 255;
export const MAX_TEXT_LENGTH = 200;
export const NAME_SHAPE = /^(?!\.{1,2}$)[^/\0]+$/;
/** The last moment that a Date can be, Unix milliseconds. */
export const MAX_MODIFIED_MS = 8.64e15;
/** Largest value of each number that extraction finds, from 0 on; `whole`: without decimals. */
export const EXTRACTED_NUMBERS = {
  track: { max: 9999, whole: true },
  year: { max: 9999, whole: true },
  durationSeconds: { max: 1e7, whole: false },
  bitrateKbps: { max: 1e7, whole: false },
  width: { max: 1e6, whole: true },
  height: { max: 1e6, whole: true },
  pages: { max: 1e6, whole: true },
} as const satisfies { readonly [Field in keyof Extracted]: { readonly max: number; readonly whole: boolean } };
