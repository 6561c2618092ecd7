/**
 * Signs that a result is not what its name says. Each is evidence with its reason, never a verdict: a face shows them, ranking and
 * hiding follow their sum.
 */
export const SIGN_KINDS = [
  /** The name ends as a program does but poses as something else. `ending`. */
  'disguised-name',
  /** Independent sources give it names without common words. `names`: different ones, `share`: per cent that give the shown one. */
  'names-disagree',
  /** Its name ends in another kind of file than it is said to be. `ending`, `type`. */
  'type-disagrees',
  /** A download has found it to be another kind of file than its name ends in. `found`: a FileType, `ending`. */
  'content-type',
  /** Too large or too small for its length, bit rate or picture. `what`: `length` | `bitrate` | `picture` | `program`. */
  'size-impossible',
  /** Many sources in few networks. `sources`, `networks`. */
  'crowded',
  /** All its networks have far more peers than is usual. `peers` in each, `networks`. */
  'racks',
  /** One of many different files of this name, and few networks have it. `versions`, `networks`. */
  'many-versions',
  /** Its sources have an answer to nearly everything that was searched here. `answered`, `asked`: unrelated searches. */
  'greedy-sources',
  /** It was found under a name without common words in another search. `name`. */
  'renamed',
  /** It is like what the user found bad. `known` of its `sources` had such. */
  'learned',
  /** What others say of it, as far as they are worth hearing. */
  'votes',
  /** The user said so. `verdict`. */
  'own-verdict',
  /** Its name is the search and nothing else, and few networks have it. */
  'echo',
] as const;
export type SignKind = (typeof SIGN_KINDS)[number];

/** `weight`: 0 to 1, how sure this sign alone makes that the file is polluted. `params`: what the text of a face tells. */
export type Sign = {
  readonly kind: SignKind;
  readonly weight: number;
  readonly params: Readonly<Record<string, string | number>>;
};

/** `score`: 0 to 1, all signs together. `isHidden`: it is more than the user wants to see (`trust.hide-above`). */
export type Pollution = { readonly score: number; readonly signs: readonly Sign[]; readonly isHidden: boolean };

/** Of what nothing bad is known. */
export const CLEAN: Pollution = { score: 0, signs: [], isHidden: false };
