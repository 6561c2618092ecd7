/** Bytes a unit stands for: decimal and binary ones, a single letter being decimal as people mean it. */
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1e3,
  kb: 1e3,
  m: 1e6,
  mb: 1e6,
  g: 1e9,
  gb: 1e9,
  t: 1e12,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** Bytes of `10MB`, `1.5GiB` or `700`; undefined for anything else. */
export function parseByteSize(text: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,3})?)([a-z]{0,3})$/i.exec(text);
  const factor = UNITS[(match?.[2] ?? '').toLowerCase()];
  if (!match || factor === undefined) return undefined;
  const bytes = Math.round(Number(match[1]) * factor);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** First and last year of `2001`, `2001..2005`, `2001..` or `..2005`; undefined for anything else. */
export function parseYears(text: string): { readonly from: number; readonly to: number } | undefined {
  const match = /^(\d{4})?(\.\.)?(\d{4})?$/.exec(text);
  const [, first, dots, last] = match ?? [];
  if (first === undefined && last === undefined) return undefined;
  if (dots === undefined && last !== undefined) return undefined;
  const from = Number(first ?? 0);
  const to = dots === undefined ? from : Number(last ?? 9999);
  return from <= to ? { from, to } : undefined;
}
