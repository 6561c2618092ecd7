import type { Random } from '../../engine/ports/index.ts';
import type { LinkProfile } from '../virtual-path.ts';

/** Where peers are, and what lies between them. */

/**
 * One way between four parts of the world, ms: North America, Europe, Asia, South America. Medians of public round trips between large
 * cities, halved and rounded.
 */
const ONE_WAY_MS = [
  [20, 45, 75, 70],
  [45, 12, 90, 95],
  [75, 90, 30, 150],
  [70, 95, 150, 25],
] as const;
const JITTER_MS = 5;

/** Bytes a second. A quarter has a line that could carry a supernode; most send far more slowly than they receive. */
const LINES = [
  { share: 0.25, up: 12_000, down: 48_000 },
  { share: 0.5, up: 48_000, down: 500_000 },
  { share: 0.25, up: 500_000, down: 4_000_000 },
] as const;
/** Behind a router that lets nobody in. */
const SHUT = 0.3;

export type Line = { readonly up: number; readonly down: number };
export type Place = { readonly host: string; readonly line: Line; readonly isShut: boolean };

/** Draws places; no two peers share an address, and few an address block, as for peers of many providers. */
export class Places {
  readonly #random: Random;
  readonly #lines = new Map<string, Line>();

  constructor(random: Random) {
    this.#random = random;
  }

  draw(): Place {
    const host = this.#freeHost();
    const at = this.#random.float();
    const line = (at < LINES[0].share ? LINES[0] : at < LINES[0].share + LINES[1].share ? LINES[1] : LINES[2]) as Line;
    this.#lines.set(host, line);
    return { host, line, isShut: this.#random.float() < SHUT };
  }

  /** A place on a fast line that everybody reaches. */
  drawOpen(): Place {
    const host = this.#freeHost();
    this.#lines.set(host, LINES[2]);
    return { host, line: LINES[2], isShut: false };
  }

  link(from: string, to: string): LinkProfile {
    const latencyMs = ONE_WAY_MS[regionOf(from)]?.[regionOf(to)] ?? 0;
    const [up, down] = [this.#lines.get(from)?.up, this.#lines.get(to)?.down];
    const rate = up !== undefined && down !== undefined ? { bytesPerSecond: Math.min(up, down) } : {};
    return { latencyMs, jitterMs: JITTER_MS, ...rate };
  }

  #freeHost(): string {
    for (;;) {
      const [a, b, c, d] = [
        40 + this.#random.int(60),
        this.#random.int(256),
        this.#random.int(256),
        1 + this.#random.int(254),
      ];
      const host = `${a}.${b}.${c}.${d}`;
      if (!this.#lines.has(host)) return host;
    }
  }
}

/** Which part of the world, from 0. */
export const regionOf = (host: string): number => Number(host.slice(0, host.indexOf('.'))) % ONE_WAY_MS.length;
