import { AppError } from '../../../src-main/contract/errors.ts';
import { DOWNLOAD_DEEDS } from './download-deeds.ts';
import { FACE_DEEDS } from './face-deeds.ts';
import { LIBRARY_DEEDS } from './library-deeds.ts';
import { SEARCH_DEEDS } from './search-deeds.ts';
import type { SoakNetwork } from './soak-network.ts';
import { STRANGERS } from './strangers.ts';

/** `weight`: how often it happens, beside the others. */
export type Deeds = Readonly<
  Record<string, { readonly weight: number; readonly play: (network: SoakNetwork) => Promise<void> }>
>;

const ALL = Object.entries({ ...SEARCH_DEEDS, ...DOWNLOAD_DEEDS, ...LIBRARY_DEEDS, ...FACE_DEEDS, ...STRANGERS });
const WHOLE = ALL.reduce((sum, [, { weight }]) => sum + weight, 0);
/** No race of two users explains these. */
const FAULTS: readonly string[] = ['internal', 'control.malformed'];

/** What users and strangers do, one deed after the other, and what came of it. */
export class DeedPlayer {
  readonly #network: SoakNetwork;
  /** How often each was played. */
  readonly counts = new Map<string, number>();
  /** Codes of what was refused, which users get to see. */
  readonly refusals = new Map<string, number>();
  /** What must not happen. */
  readonly faults: string[] = [];

  constructor(network: SoakNetwork) {
    this.#network = network;
  }

  /** Plays one of them, by weight. Never rejects. */
  async playOne(): Promise<void> {
    const [name, { play }] = this.#draw();
    count(this.counts, name);
    try {
      await play(this.#network);
    } catch (error) {
      this.#note(name, error);
    }
  }

  #draw(): (typeof ALL)[number] {
    let left = this.#network.random.float() * WHOLE;
    for (const one of ALL) {
      left -= one[1].weight;
      if (left < 0) return one;
    }
    throw new Error('there are no deeds');
  }

  /** Other errors are those of connections to peers that just stopped, or that threw the stranger out. */
  #note(name: string, error: unknown): void {
    const code = error instanceof AppError ? error.code : String((error as { code?: unknown }).code ?? error);
    count(this.refusals, code);
    if (FAULTS.includes(code)) this.faults.push(`${name}: ${String(error)}`);
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
