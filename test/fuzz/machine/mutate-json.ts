import type { Random } from '../../../src-main/engine/ports/random.ts';

type Parent = Record<string, unknown> | unknown[];
type Place = { readonly parent: Parent; readonly key: string };

/** Deeper than any stack; JSON.parse itself goes as deep. */
const DEEP = 20_000;
const LONG = 5000;

/** Values of every kind, some of them no reader expects. */
const STRANGERS: readonly ((random: Random) => unknown)[] = [
  () => null,
  () => true,
  () => 0,
  () => -1,
  () => 1.5,
  () => 2 ** 53,
  () => 1e308,
  () => '',
  () => '\u0000',
  () => '\ud800',
  () => '__proto__',
  () => [],
  () => ({}),
  () => ({ length: 2 ** 32 }),
  () => JSON.parse('{"__proto__":{"type":"hello"},"constructor":1,"toString":null}'),
  (random) => 'x'.repeat(random.int(LONG)),
  (random) => Array.from({ length: random.int(LONG) }, () => 0),
  (random) => String.fromCodePoint(random.int(0xd800)),
];

/** A JSON text with one to three of its values dropped, doubled, renamed, of another type, huge or nested; undefined when it is none. */
export function mutateJson(input: Uint8Array, random: Random): Uint8Array | undefined {
  try {
    const root = { value: JSON.parse(new TextDecoder().decode(input)) };
    if (typeof root.value !== 'object' || root.value === null) return undefined;
    for (let change = random.int(3); change >= 0; change--) changeOne(root, random);
    if (random.int(64) === 0) markOne(root, random);
    const text = JSON.stringify(root.value) ?? 'null';
    return new TextEncoder().encode(text.replace(MARK, () => nested(random)));
  } catch {
    // No JSON, or nested too deep to be written again.
    return undefined;
  }
}

function changeOne(root: { value: unknown }, random: Random): void {
  const places = [...placesIn(root)];
  const { parent, key } = onePlace(places, random) ?? { parent: root, key: 'value' };
  const value = Reflect.get(parent, key);
  const how = random.int(6);
  if (how === 0) remove(parent, key);
  else if (how === 1) put(parent, `${key}${random.int(10)}`, value);
  else put(parent, key, substitute(how, value, places, random));
}

function substitute(how: number, value: unknown, places: readonly Place[], random: Random): unknown {
  if (how === 2) return [value, value];
  if (how === 3) return varied(value, random);
  if (how === 4) return STRANGERS[random.int(STRANGERS.length)]?.(random);
  const other = onePlace(places, random);
  return other && structuredClone(Reflect.get(other.parent, other.key));
}

/** None where all was dropped. */
const onePlace = (places: readonly Place[], random: Random): Place | undefined =>
  places[random.int(Math.max(1, places.length))];

/** Another value of the same kind. */
function varied(value: unknown, random: Random): unknown {
  if (typeof value === 'number') return [value + 1, value - 1, -value, value * 1000, value / 3][random.int(5)];
  if (typeof value !== 'string') return value;
  const at = random.int(value.length + 1);
  return [`${value}${value}`, value.toUpperCase(), value.slice(0, at), `${value.slice(0, at)}é${value.slice(at)}`][
    random.int(4)
  ];
}

function put(parent: Parent, key: string, value: unknown): void {
  Object.defineProperty(parent, key, { value, enumerable: true, configurable: true, writable: true });
}

function remove(parent: Parent, key: string): void {
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
}

function* placesIn(root: { value: unknown }): Generator<Place> {
  const waiting: Parent[] = [root];
  for (let parent = waiting.pop(); parent; parent = waiting.pop()) {
    for (const [key, value] of Object.entries(parent)) {
      yield { parent, key };
      if (typeof value === 'object' && value !== null) waiting.push(value as Parent);
    }
  }
}

/** Stands where thousands of lists or objects are to be: only as text can they be written. */
const MARK = '"<nested>"';

function markOne(root: { value: unknown }, random: Random): void {
  const place = onePlace([...placesIn(root)], random);
  if (place) put(place.parent, place.key, JSON.parse(MARK));
}

function nested(random: Random): string {
  const depth = 1 + random.int(DEEP);
  const [open, close] = random.int(2) === 0 ? ['[', ']'] : ['{"a":', '}'];
  return `${open.repeat(depth)}0${close.repeat(depth)}`;
}
