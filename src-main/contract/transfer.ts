import type { ErrorCode } from './errors.ts';
import type { ContentHash, DownloadId, NodeId } from './ids.ts';

export const DOWNLOAD_STATES = ['searching', 'queued', 'downloading', 'paused', 'verifying', 'done', 'failed'] as const;
export type DownloadState = (typeof DOWNLOAD_STATES)[number];

export const SOURCE_STATES = ['untried', 'connecting', 'queued', 'active', 'idle', 'unreachable', 'banned'] as const;
export type SourceState = (typeof SOURCE_STATES)[number];

/** One source of one download, as `shoal downloads` lists it. `rate` is bytes a second, `bytes` what it sent and was verified. */
export type SourceView = {
  readonly node: NodeId;
  readonly address: string;
  readonly state: SourceState;
  readonly reason: ErrorCode | null;
  readonly rate: number;
  readonly bytes: number;
  /** Place in its queue, 1 = next; null when not queued. */
  readonly queue: number | null;
};

/** `done` counts verified bytes; `rate` is smoothed, bytes a second. */
export type DownloadView = {
  readonly id: DownloadId;
  readonly hash: ContentHash;
  readonly name: string;
  readonly size: number | null;
  readonly done: number;
  readonly state: DownloadState;
  readonly reason: ErrorCode | null;
  readonly rate: number;
  readonly etaSeconds: number | null;
  /** The final path once done, before that the path it will have. */
  readonly path: string;
  readonly sources: readonly SourceView[];
};

export type UploadState = 'active' | 'idle' | 'queued';
/** `why` gives the terms of the order: milliseconds waited and credit (1 = a stranger). */
export type UploadView = {
  readonly node: NodeId | null;
  readonly address: string;
  readonly hash: ContentHash;
  readonly name: string;
  readonly sent: number;
  readonly rate: number;
  readonly state: UploadState;
  readonly place: number | null;
  readonly why: { readonly waitedMs: number; readonly credit: number };
};
