import type { ErrorCode } from '../../contract/errors.ts';
import type { DownloadState } from '../../contract/transfer.ts';
import type { StoredDownload } from '../store/download-store.ts';
import type { Source } from './source.ts';

/** What a download is doing, beyond what is stored. */
export type Phase = 'idle' | 'learning' | 'checking' | 'transferring' | 'finishing' | 'moving';

type Situation = {
  readonly stored: StoredDownload;
  /** Why it waits for the disk, if it does. */
  readonly diskReason: ErrorCode | null;
  /** The rule of its user that holds it up, if one does. */
  readonly blockedBy: string | undefined;
  readonly phase: Phase;
  /** Whether it is its turn. */
  readonly mayRun: boolean;
  readonly sources: readonly Source[];
};

/** The state that a face shows, and why: a download always says what it waits for. */
export function describeState(situation: Situation): {
  readonly state: DownloadState;
  readonly reason: ErrorCode | null;
} {
  const { stored, diskReason, blockedBy, phase, mayRun } = situation;
  if (blockedBy !== undefined && phase !== 'moving') return { state: 'paused', reason: 'content.blocked' };
  if (stored.state !== 'wanted') return { state: stored.state, reason: stored.reason };
  if (phase === 'moving') return { state: 'paused', reason: 'download.moving' };
  if (diskReason !== null) return { state: 'paused', reason: diskReason };
  if (phase === 'checking' || phase === 'finishing') return { state: 'verifying', reason: null };
  const states = new Set(situation.sources.map((source) => source.state));
  if (states.has('active')) return { state: 'downloading', reason: null };
  if (!mayRun) return { state: 'queued', reason: 'download.waiting-turn' };
  if (states.has('connecting') || states.has('idle') || states.has('untried'))
    return { state: 'downloading', reason: null };
  if (states.has('queued')) return { state: 'queued', reason: 'content.queued' };
  // Whoever is left waits for the end of a ban, which the list of sources shows.
  const areBanned = states.size === 1 && states.has('banned');
  return { state: 'searching', reason: areBanned ? 'download.sources-banned' : 'download.no-sources' };
}
