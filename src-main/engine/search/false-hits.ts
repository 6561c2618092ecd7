import type { NodeId } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock } from '../ports/index.ts';
import { setLast } from '../set-last.ts';

/** Tried hits that make a judgement, and the share of false ones that is too much (protocol section 8). */
const MIN_TRIED = 10;
const FALSE_SHARE = 0.2;
/** Beyond this both counts are halved: a supernode is judged by what it says lately. */
const HALVE_AT = 200;
/** Supernodes remembered; the one heard of longest ago is forgotten. */
const MAX_SUPERNODES = 2000;

type Record = { tried: number; wrong: number; atMs: number; invents: boolean };
type FalseHitsDeps = {
  readonly clock: Clock;
  readonly settings: () => Settings;
  readonly strike: (supernode: NodeId, why: string) => void;
};

/**
 * Which supernodes name sources that do not have the file: a 404, or another NodeId, at the source is a false hit of its namer. One that
 * is struck is asked no more; it begins anew when nothing was heard of it for as long as a bad one is left alone.
 */
export class FalseHits {
  readonly #deps: FalseHitsDeps;
  readonly #records = new Map<NodeId, Record>();

  constructor(deps: FalseHitsDeps) {
    this.#deps = deps;
  }

  /** What became of a source that `namedBy` named. Strikes the supernode when it passes the threshold. */
  report(namedBy: NodeId, outcome: 'good' | 'false'): void {
    const wasStruck = this.isStruck(namedBy);
    const record = this.#recordOf(namedBy) ?? { tried: 0, wrong: 0, atMs: 0, invents: false };
    record.tried++;
    record.atMs = this.#deps.clock.monotonicMs();
    if (outcome === 'false') record.wrong++;
    if (record.tried >= HALVE_AT) {
      record.tried /= 2;
      record.wrong /= 2;
    }
    setLast(this.#records, [namedBy, record], MAX_SUPERNODES);
    if (!wasStruck && this.isStruck(namedBy)) {
      this.#deps.strike(
        namedBy,
        `${Math.round(record.wrong)} of ${Math.round(record.tried)} sources that it named did not have the file`,
      );
    }
  }

  /** It was seen to invent: strikes it at once. */
  caught(supernode: NodeId, why: string): void {
    const wasStruck = this.isStruck(supernode);
    const atMs = this.#deps.clock.monotonicMs();
    setLast(this.#records, [supernode, { tried: MIN_TRIED, wrong: MIN_TRIED, atMs, invents: true }], MAX_SUPERNODES);
    if (!wasStruck) this.#deps.strike(supernode, why);
  }

  /** True when it was caught: what it names is worth nothing, whoever passes it on. */
  isInventor(supernode: NodeId): boolean {
    return this.#recordOf(supernode)?.invents ?? false;
  }

  /** True when its results rank last and no longer count towards the end of a search. */
  isStruck(supernode: NodeId): boolean {
    const record = this.#recordOf(supernode);
    return record !== undefined && isBad(record);
  }

  #recordOf(supernode: NodeId): Record | undefined {
    const record = this.#records.get(supernode);
    const { clock, settings } = this.#deps;
    const isOver = record && isBad(record) && clock.monotonicMs() - record.atMs >= settings()['overlay.shun'];
    return isOver ? undefined : record;
  }
}

const isBad = ({ tried, wrong }: Record): boolean => tried >= MIN_TRIED && wrong > FALSE_SHARE * tried;
