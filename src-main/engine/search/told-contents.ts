import type { Extracted, FileType } from '../../contract/descriptor.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { Hit } from '../../contract/search.ts';

/** Of one file: more that supernodes say of it are not kept. */
const MAX_TOLD = 10;
const MAX_NAMERS = 20;
/** So many independent of each other are believed beside others. */
const INDEPENDENT = 2;

/** What some supernodes say that a file is by its bytes. */
type Told = {
  readonly type: FileType;
  readonly extracted: Extracted;
  readonly namers: Set<NodeId>;
  /** Of the sources that they name. */
  readonly networks: Set<string>;
};

/** `isAgreed`: most supernodes say it, or two that name sources in two networks. */
export type MostTold = Pick<Told, 'type' | 'extracted'> & { readonly isAgreed: boolean };
/** Supernodes that are not struck. */
type CountHonest = (namers: ReadonlySet<NodeId>) => number;

/** What supernodes say that one file is by its bytes. Whatever its name, that is the same for all who have it, so that the one who was first decides nothing. */
export class ToldContents {
  readonly #countHonest: CountHonest;
  readonly #told: Told[] = [];

  constructor(countHonest: CountHonest) {
    this.#countHonest = countHonest;
  }

  /** One word each. `networks`: those of the sources. */
  add({ type, extracted }: Pick<Hit, 'type' | 'extracted'>, namer: NodeId, networks: Iterable<string>): void {
    if (this.#told.some(({ namers }) => namers.has(namer))) return;
    const told = this.#told.find((one) => one.type === type && isSame(one.extracted, extracted));
    const kept = told ?? { type, extracted, namers: new Set<NodeId>(), networks: new Set<string>() };
    if (kept.namers.size >= MAX_NAMERS || (!told && !this.#keep(kept))) return;
    kept.namers.add(namer);
    for (const network of networks) if (kept.networks.size < MAX_NAMERS) kept.networks.add(network);
  }

  /** Undefined before the first `add`. */
  most(): MostTold | undefined {
    const [most, ...others] = this.#sorted();
    if (!most) return undefined;
    const namers = this.#countHonest(most.namers);
    const rest = others.reduce((sum, told) => sum + this.#countHonest(told.namers), 0);
    const isAgreed = namers > rest || Math.min(namers, most.networks.size) >= INDEPENDENT;
    return { type: most.type, extracted: most.extracted, isAgreed };
  }

  #sorted(): Told[] {
    return this.#told.toSorted(
      (a, b) => this.#countHonest(b.namers) - this.#countHonest(a.namers) || b.networks.size - a.networks.size,
    );
  }

  /** Makes room where that is needed; false when several agree on each. */
  #keep(told: Told): boolean {
    if (this.#told.length >= MAX_TOLD) {
      const weakest = this.#sorted().at(-1);
      if (!weakest || this.#countHonest(weakest.namers) > 1) return false;
      this.#told.splice(this.#told.indexOf(weakest), 1);
    }
    this.#told.push(told);
    return true;
  }
}

function isSame(a: Extracted, b: Extracted): boolean {
  const fields = Object.keys(a) as (keyof Extracted)[];
  return fields.length === Object.keys(b).length && fields.every((field) => a[field] === b[field]);
}
