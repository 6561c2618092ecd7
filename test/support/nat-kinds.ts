import type { SourceWay, WayStep } from '../../src-main/contract/transfer.ts';

/**
 * What is between a peer and the network: nothing; a router that passes its port on (PCP); one that keeps the local port and drops what nobody
 * asked for; one that keeps it and answers that the port is closed; one that gives any port.
 */
export const NATS = ['open', 'mapped', 'keeps ports', 'keeps and answers', 'any port'] as const;
export type Nat = (typeof NATS)[number];

/** One transfer: who has the file, who fetches it, and over which lines. */
export type Cell = { readonly source: Nat; readonly asker: Nat; readonly line: string };
/** `way`: null when nothing came. Times in seconds from the order: the first chunk, and the end. `share`: of the rate of the line, from the first chunk on. */
export type CellResult = Cell & {
  readonly way: SourceWay | null;
  readonly ways: readonly WayStep[];
  readonly isRight: boolean;
  readonly firstSeconds: number | null;
  readonly seconds: number | null;
  readonly share: number | null;
};

const KEEPS = new Set<Nat>(['keeps ports', 'keeps and answers']);
export const isOpen = (nat: Nat): boolean => nat === 'open' || nat === 'mapped';

/**
 * The ways by which a file may come when all goes well. Two routers that answer at once that a port is closed end each other's try before both
 * have begun, where nothing takes time between them; over real distances the tries cross.
 */
export function waysOf({ source, asker }: Pick<Cell, 'source' | 'asker'>): readonly SourceWay[] {
  if (isOpen(source)) return ['direct'];
  if (isOpen(asker)) return ['reverse'];
  if (!KEEPS.has(source) || !KEEPS.has(asker)) return ['relay'];
  return source === 'keeps and answers' && asker === source ? ['hole-punch', 'relay'] : ['hole-punch'];
}

/** The share of the rate of the line, from the first chunk on, that a transfer is to reach. What is lost halves the pace of TCP, by chance often or seldom. */
export const leastShareOf = ({ line }: Pick<Cell, 'line'>): number => (line.includes('lost') ? 0.2 : 0.85);

/** Whether it went as it should. */
export const isGood = (cell: CellResult): boolean =>
  cell.isRight &&
  waysOf(cell).some((way) => way === cell.way) &&
  (cell.share === null || cell.share >= leastShareOf(cell));
