import type { Extracted, FileType } from '../../../contract/descriptor.ts';
import type { ContentHash, NodeId } from '../../../contract/ids.ts';
import type { Sign, SignKind } from '../../../contract/pollution.ts';

/** One name that supernodes gave a file. `independent`: networks of sources, or supernodes, whichever are fewer. */
export type NameEvidence = { readonly name: string; readonly independent: number };

/** What a search knows of one file, as far as signs are read from it. */
export type Evidence = {
  readonly hash: ContentHash;
  readonly size: number;
  /** The best name first; at least one. */
  readonly names: readonly NameEvidence[];
  /** What most say of its bytes. `isAgreed`: several independent ones say so, or all but few. */
  readonly told: { readonly type: FileType; readonly extracted: Extracted; readonly isAgreed: boolean };
  /** Who is said to have it, and how many networks (/24) they are in. */
  readonly peers: readonly NodeId[];
  readonly networks: number;
  /** Folded words of the query in their order; empty for a query by hash. */
  readonly terms: readonly string[];
  /** Files of this search that have the same name, this one among them, and the networks of the one with most. */
  readonly versions: number;
  readonly mostNetworks: number;
};

/** A file is named by hash and size. */
export type FileName = { readonly hash: ContentHash; readonly size: number };
export const keyOf = ({ hash, size }: FileName): string => `${hash} ${size}`;

export function sign(kind: SignKind, weight: number, params: Sign['params'] = {}): Sign {
  return { kind, weight: Math.round(Math.min(1, Math.max(0, weight)) * 100) / 100, params };
}

/** Signs together, as if each were a chance of its own to be right: one strong sign is enough, weak ones add up and never reach it. */
export const sumOf = (signs: readonly Sign[]): number =>
  1 - signs.reduce((clean, { weight }) => clean * (1 - weight), 1);
