import type { Random } from '../../../src-main/engine/ports/random.ts';
import { mutateJson } from './mutate-json.ts';

/** How inputs are made from others. `words`: what the format has, to be put in. `isJson`: values are changed as values too. */
export type Shape = {
  readonly maxBytes: number;
  readonly words: readonly Uint8Array[];
  readonly isJson: boolean;
};

/** Numbers at which counting goes wrong. */
const EDGES = [
  '0',
  '-1',
  '1',
  '255',
  '65536',
  '2147483648',
  '4294967296',
  '9007199254740993',
  '1e999',
  '99999999999999999999',
];
/** Bytes that end, quote, nest, or are no UTF-8. */
const BYTES = [
  0, 9, 10, 13, 32, 34, 38, 39, 44, 45, 47, 58, 60, 61, 62, 91, 92, 93, 123, 125, 127, 128, 0xc0, 0xed, 0xff,
];
const LONGEST_SLICE = 64;
const MOST_CHANGES = 5;
/** Repeats that make of a piece one as long as inputs may be. */
const MOST_REPEATS = 1 << 16;

type Mutation = (input: Uint8Array, random: Random, shape: Shape, other: Uint8Array) => Uint8Array;

/** `parent`, changed in one to five places; `other` is another input, of which pieces may be taken. */
export function mutate(parent: Uint8Array, other: Uint8Array, shape: Shape, random: Random): Uint8Array {
  let input = parent;
  if (shape.isJson && random.int(2) === 0) input = mutateJson(parent, random) ?? parent;
  const changes = random.int(MOST_CHANGES) + (input === parent ? 1 : 0);
  for (let change = 0; change < changes; change++) {
    const mutation = MUTATIONS[random.int(MUTATIONS.length)];
    if (mutation) input = mutation(input, random, shape, other);
  }
  return input.length > shape.maxBytes ? input.subarray(0, shape.maxBytes) : input;
}

const pick = <T>(all: readonly T[], random: Random): T => all[random.int(all.length)] as T;
const place = (input: Uint8Array, random: Random): number => random.int(input.length + 1);
const encoder = new TextEncoder();

function replace(input: Uint8Array, start: number, end: number, by: Uint8Array): Uint8Array {
  const made = new Uint8Array(input.length - (end - start) + by.length);
  made.set(input.subarray(0, start));
  made.set(by, start);
  made.set(input.subarray(end), start + by.length);
  return made;
}

function slice(input: Uint8Array, random: Random): readonly [number, number] {
  const start = place(input, random);
  const longest = Math.min(random.int(8) === 0 ? input.length : LONGEST_SLICE, input.length - start);
  return [start, start + random.int(longest + 1)];
}

const flipBit: Mutation = (input, random) => {
  if (input.length === 0) return input;
  const made = input.slice();
  const at = random.int(made.length);
  made[at] = (made[at] ?? 0) ^ (1 << random.int(8));
  return made;
};

const setByte: Mutation = (input, random) => {
  if (input.length === 0) return input;
  const made = input.slice();
  made[random.int(made.length)] = random.int(2) === 0 ? random.int(256) : pick(BYTES, random);
  return made;
};

const removeSlice: Mutation = (input, random) => {
  const [start, end] = slice(input, random);
  return replace(input, start, end, new Uint8Array(0));
};

const doubleSlice: Mutation = (input, random) => {
  const [start, end] = slice(input, random);
  return replace(input, end, end, input.subarray(start, end));
};

const moveSlice: Mutation = (input, random) => {
  const [start, end] = slice(input, random);
  const at = place(input, random);
  return replace(input, at, at, input.subarray(start, end));
};

/** As often as fits, now and then: what takes the square of its length shows it. */
const repeatSlice: Mutation = (input, random, { maxBytes }) => {
  const [start, end] = slice(input, random);
  const piece = input.subarray(start, end);
  const room = Math.floor((maxBytes - input.length) / Math.max(1, piece.length));
  if (piece.length === 0 || room < 1) return input;
  const times = Math.min(random.int(16) === 0 ? room : 1 + random.int(Math.min(room, 64)), MOST_REPEATS);
  const repeated = new Uint8Array(piece.length * times);
  for (let at = 0; at < times; at++) repeated.set(piece, at * piece.length);
  return replace(input, end, end, repeated);
};

const insertBytes: Mutation = (input, random) => {
  const at = place(input, random);
  return replace(input, at, at, random.bytes(1 + random.int(8)));
};

const putWord: Mutation = (input, random, { words }) => {
  if (words.length === 0) return input;
  const [start, end] = random.int(2) === 0 ? slice(input, random) : [0, 0];
  const at = start === end ? place(input, random) : start;
  return replace(input, at, Math.max(at, end), pick(words, random));
};

/** A run of digits becomes a number at which counting goes wrong. */
const changeNumber: Mutation = (input, random) => {
  const text = latin1(input);
  const numbers = [...text.matchAll(/\d+/g)];
  if (numbers.length === 0) return input;
  const { index, 0: digits } = pick(numbers, random);
  return replace(input, index, index + digits.length, encoder.encode(pick(EDGES, random)));
};

/** A binary number of one to eight bytes. */
const changeInteger: Mutation = (input, random) => {
  const width = 1 << random.int(4);
  if (input.length < width) return input;
  const made = input.slice();
  const at = random.int(made.length - width + 1);
  made.fill(pick([0, 0xff], random), at, at + width);
  if (random.int(2) === 0) made[at + (random.int(2) === 0 ? 0 : width - 1)] = pick([1, 0x7f, 0x80, 0xfe], random);
  return made;
};

const splice: Mutation = (input, random, _, other) => {
  const [start, end] = slice(other, random);
  const at = place(input, random);
  return replace(input, at, random.int(2) === 0 ? at : input.length, other.subarray(start, end));
};

const cut: Mutation = (input, random) => input.subarray(0, place(input, random));

/** Lines, fields, attributes, elements: what stands between two of the same delimiters is dropped, doubled or swapped. */
const changeToken: Mutation = (input, random) => {
  const delimiter = pick(['\n', '\r\n', ' ', ',', ';', '&', '<', '"', ':'], random);
  const tokens = latin1(input).split(delimiter);
  if (tokens.length < 2) return input;
  const at = random.int(tokens.length);
  const token = tokens[at] ?? '';
  const how = random.int(3);
  if (how === 0) tokens.splice(at, 1);
  else if (how === 1) tokens.splice(at, 0, token);
  else {
    const to = random.int(tokens.length);
    [tokens[at], tokens[to]] = [tokens[to] ?? '', token];
  }
  return Buffer.from(tokens.join(delimiter), 'latin1');
};

const latin1 = (input: Uint8Array): string =>
  Buffer.from(input.buffer, input.byteOffset, input.length).toString('latin1');

const MUTATIONS: readonly Mutation[] = [
  ...[flipBit, setByte, setByte, removeSlice, doubleSlice, moveSlice, repeatSlice, insertBytes],
  ...[putWord, putWord, changeNumber, changeInteger, splice, cut, changeToken],
];
