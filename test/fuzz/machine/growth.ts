/** From the second third of the time to the last, by the value in the middle of each: in the first one code is loaded and compiled. */
export function growthOf(values: readonly number[]): number {
  const third = Math.floor(values.length / 3);
  if (third === 0) return 0;
  return middle(values.slice(-third)) - middle(values.slice(third, 2 * third));
}

const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
