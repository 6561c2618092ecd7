import type { Opinion, Verdict } from '../../contract/votes.ts';

/** What this user and a voter said of the same files. Agreements that may be an echo count in part. */
export type VoterRecord = { readonly agreed: number; readonly disagreed: number };
/** What one voter says of the file in question. */
export type WeighedVote = VoterRecord & {
  readonly verdict: Verdict;
  /** Whose votes together weigh as one. */
  readonly block: string;
  /** Of those that one peer passed on, its block: it alone says where they came from. */
  readonly via?: string | undefined;
  /** Since this peer met the voter first, ms. */
  readonly ageMs: number;
};
type Judgement = Pick<Opinion, 'score' | 'known' | 'unknown' | 'counts'>;

/** One lie costs what three agreements gained. */
const LIE = 3;
/** Two agreements more than there are: one alone says little. */
const FIRST_DOUBTS = 2;
/** A voter met today weighs half of what it will weigh in a month. */
const FULL_AGE_MS = 30 * 24 * 60 * 60_000;
const YOUNG = 0.5;
/** As if somebody of half weight said nothing: one voter alone does not decide. */
const SILENT_WEIGHT = 0.5;
/** What one peer passed on weighs so much at most, whatever blocks it names. */
const PASSED_ON_WEIGHT = 2;
/** All that those move of whom nothing is known. */
const UNKNOWN_SHARE = 0.1;
const UNKNOWN_DOUBTS = 2;

/** 0 (never agreed, or lied too often) to below 1. */
export function weightOf({ agreed, disagreed, ageMs }: VoterRecord & { readonly ageMs: number }): number {
  const agreement = Math.max(0, agreed - LIE * disagreed) / (agreed + disagreed + FIRST_DOUBTS);
  return agreement * (YOUNG + (1 - YOUNG) * Math.min(1, Math.max(0, ageMs) / FULL_AGE_MS));
}

const worthOf = (verdict: Verdict): number => (verdict === 'good' ? 1 : -1);

/** What voters say together, block by block. Those with whom the user never agreed, though there was occasion, do not count. */
export function judge(votes: readonly WeighedVote[]): Judgement {
  const weighed = votes.map((vote) => ({ ...vote, weight: weightOf(vote) }));
  const known = byBlock(weighed.filter(({ weight }) => weight > 0));
  const isUnknown = ({ agreed, disagreed, block }: WeighedVote) => agreed + disagreed === 0 && !known.has(block);
  const unknown = byBlock(weighed.filter(isUnknown).map((vote) => ({ ...vote, weight: 1 })));
  const trusted = limitPassedOn([...known.values()].map(summed));
  const strangers = [...unknown.values()].map(summed);
  const counts = { good: 0, fake: 0, broken: 0, malware: 0, mislabelled: 0 };
  for (const { verdict } of [...trusted, ...strangers]) counts[verdict]++;
  const total = trusted.reduce((sum, { weight }) => sum + weight, 0);
  const said = trusted.reduce((sum, { weight, value }) => sum + weight * value, 0) / (total + SILENT_WEIGHT);
  const whispered = strangers.reduce((sum, { value }) => sum + value, 0) / (strangers.length + UNKNOWN_DOUBTS);
  const score = (1 - UNKNOWN_SHARE) * said + UNKNOWN_SHARE * whispered;
  return { score, known: known.size, unknown: unknown.size, counts };
}

type Weighed = WeighedVote & { readonly weight: number };
type Summed = Pick<Weighed, 'weight' | 'verdict'> & { readonly value: number; readonly via: string | undefined };

function byBlock(votes: readonly Weighed[]): Map<string, Weighed[]> {
  const blocks = new Map<string, Weighed[]>();
  for (const vote of votes) {
    const members = blocks.get(vote.block);
    if (members) members.push(vote);
    else blocks.set(vote.block, [vote]);
  }
  return blocks;
}

/** A block weighs what its best voter does, and says what its voters say by their weights; shown is what most of that is for. */
function summed(members: readonly Weighed[]): Summed {
  const total = members.reduce((sum, { weight }) => sum + weight, 0);
  const value = members.reduce((sum, { weight, verdict }) => sum + weight * worthOf(verdict), 0) / total;
  const shares = new Map<Verdict, number>();
  for (const { verdict, weight } of members) shares.set(verdict, (shares.get(verdict) ?? 0) + weight);
  const [[verdict] = ['good'] as const] = [...shares].sort(([, one], [, other]) => other - one);
  // One of them that nobody passed on shows that the block is there.
  const via = members.every((member) => member.via !== undefined) ? members[0]?.via : undefined;
  return { weight: Math.max(...members.map(({ weight }) => weight)), value, verdict, via };
}

/** One that passes votes on could name a block for each key that it has: all of them together are a few voters. */
function limitPassedOn<T extends Pick<Summed, 'weight' | 'via'>>(blocks: readonly T[]): readonly T[] {
  const totals = new Map<string, number>();
  for (const { weight, via } of blocks) if (via !== undefined) totals.set(via, (totals.get(via) ?? 0) + weight);
  return blocks.map((block) => {
    const total = block.via === undefined ? 0 : (totals.get(block.via) ?? 0);
    return total > PASSED_ON_WEIGHT ? { ...block, weight: (block.weight * PASSED_ON_WEIGHT) / total } : block;
  });
}
