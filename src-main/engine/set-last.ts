/** Sets an entry as the newest one of a map of at most `max`; the one set longest ago is forgotten. */
export function setLast<K, V>(map: Map<K, V>, [key, value]: readonly [K, V], max: number): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next();
  if (map.size > max && !oldest.done) map.delete(oldest.value);
}
