/** What counts of a peer's exchange with this one, in bytes; what is old counts less. */
export type Exchanged = {
  /** Verified, from that peer. */
  readonly received: number;
  /** Handed to the system, for that peer. */
  readonly sent: number;
};
/** Why a peer has the credit that it has. */
export type CreditTerms = Exchanged & { readonly credit: number };

export const MAX_CREDIT = 10;
/** What is small: an hour at 18 KiB/s. Of less than this nothing much follows (ADR 25). */
export const CREDIT_UNIT_BYTES = 64 * 2 ** 20;
/** What was exchanged counts half after this. */
export const HALF_LIFE_MS = 30 * 24 * 3_600_000;

export const NO_CREDIT: CreditTerms = { received: 0, sent: 0, credit: 1 };

/**
 * By how much waiting counts more than a stranger's: 1 to `MAX_CREDIT`. It grows with the square root of what that peer gave, and is at most
 * twice what it gave for what it took (the form of eMule's, with amounts of today: ADR 25).
 */
export function toCredit({ received, sent }: Exchanged): number {
  const amount = Math.sqrt(1 + received / CREDIT_UNIT_BYTES);
  const balance = (2 * (received + CREDIT_UNIT_BYTES)) / (sent + CREDIT_UNIT_BYTES);
  return Math.min(Math.max(Math.min(amount, balance), 1), MAX_CREDIT);
}

/** What the line is ordered by: waiting time × credit; waiting that is owed counts alike for all, or who gave most would owe most. */
export const waitingScore = (waitedMs: number, credit: number): number => (waitedMs > 0 ? waitedMs * credit : waitedMs);

/** What is left of an exchange after a time. */
export function toDecayed({ received, sent }: Exchanged, elapsedMs: number): Exchanged {
  const left = 2 ** (-elapsedMs / HALF_LIFE_MS);
  return { received: received * left, sent: sent * left };
}
