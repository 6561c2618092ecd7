import { type ErrorCode, isErrorCode } from '../../contract/errors.ts';

/** What a source of a download did wrong with it. */
export type StoredFaults = {
  /** Of the last fault. */
  readonly reason: ErrorCode;
  readonly count: number;
  /** Milliseconds from the last fault to when this was kept. */
  readonly ageMs: number;
  /** Unix time of this machine when it was kept; null: a version kept it that did not note it. */
  readonly keptMs: number | null;
};
/** The columns of a source that hold them. */
export type FaultsRow = {
  readonly banned: string | null;
  readonly faults: number;
  readonly fault_age_ms: number;
  readonly fault_kept_ms: number | null;
};

export function toFaults(row: FaultsRow): StoredFaults | null {
  const { banned: reason, faults: count, fault_age_ms: ageMs, fault_kept_ms: keptMs } = row;
  return reason !== null && isErrorCode(reason) && count > 0 ? { reason, count, ageMs, keptMs } : null;
}

/** In the order of FaultsRow. */
export const toFaultColumns = (faults: StoredFaults | null): (string | number | null)[] => [
  faults?.reason ?? null,
  faults?.count ?? 0,
  faults?.ageMs ?? 0,
  faults?.keptMs ?? null,
];
