/** Adds a value to a set of at most `max`; the one that was added longest ago is forgotten. One that is there keeps its turn. */
export function addWithin<T>(set: Set<T>, value: T, max: number): void {
  set.add(value);
  const oldest = set.keys().next();
  if (set.size > max && !oldest.done) set.delete(oldest.value);
}
