/** A column of VirtualTable. */
export type TableColumn<T> = {
  readonly key: string;
  readonly title: string;
  /** Pixels, until the user chooses another. */
  readonly width: number;
  readonly align?: 'start' | 'end';
  /** What the cell shows when it has no slot. */
  readonly text?: (row: T) => string;
  /** What the rows are sorted by; without it the column cannot be sorted. */
  readonly value?: (row: T) => number | string | null;
  /** The first click sorts downwards. */
  readonly isDownFirst?: boolean;
  /** Not shown until the user chooses it. */
  readonly isHidden?: boolean;
};

export type TableSort = { readonly key: string; readonly isDown: boolean };

/** Above this many rows, texts are compared by their units instead of by the language's rules, which take ten times as long. */
const MAX_COLLATED = 2000;

/** A sorted copy; rows without a value come last, equal ones stay in their order. */
export function sortRows<T>(
  rows: readonly T[],
  column: TableColumn<T> | undefined,
  isDown: boolean,
  locale: string,
): readonly T[] {
  const { value } = column ?? {};
  if (!value) return rows;
  const keys = rows.map(value);
  if (keys.every((key) => typeof key === 'number' || key === null)) return sortByNumbers(rows, keys, isDown);
  const collator = rows.length <= MAX_COLLATED ? new Intl.Collator(locale, { numeric: true }) : undefined;
  const sign = isDown ? -1 : 1;
  const keyed = rows.map((row, at) => ({ row, key: foldKey(keys[at] ?? null, collator === undefined) }));
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null);
    if (typeof a.key === 'number' && typeof b.key === 'number') return sign * (a.key - b.key);
    const [left, right] = [String(a.key), String(b.key)];
    if (collator) return sign * collator.compare(left, right);
    return left === right ? 0 : sign * (left < right ? -1 : 1);
  });
  return keyed.map(({ row }) => row);
}

/** Without an object for each row, which many thousands of rows, sorted some times a second, would leave to be collected. */
function sortByNumbers<T>(rows: readonly T[], keys: readonly (number | null)[], isDown: boolean): readonly T[] {
  const last = Number.POSITIVE_INFINITY;
  const sorted = Float64Array.from(keys, (key) => (key === null ? last : isDown ? -key : key));
  const order = Uint32Array.from(keys, (_, at) => at);
  order.sort((a, b) => {
    const [left, right] = [sorted[a] ?? last, sorted[b] ?? last];
    return left < right ? -1 : left > right ? 1 : a - b;
  });
  return Array.from(order, (at) => rows[at] as T);
}

const foldKey = (key: number | string | null, isFolded: boolean) =>
  typeof key === 'string' && isFolded ? key.toLowerCase() : key;
