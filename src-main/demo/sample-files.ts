import { createHash } from 'node:crypto';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { zipSync } from 'fflate';

/** Files of each kind, valid and small but one, made from nothing but numbers. All names have the word "reef", for the search. */

const encode = (text: string) => new TextEncoder().encode(text);

const NOTES = `Notes on the reef
=================

Monday: low tide at six, thirty-one kinds of fish counted on the north side.
Tuesday: a shoal of silversides, some four thousand, turned as one.
Wednesday: nothing leads a shoal. Each fish watches its seven nearest.
`;

export const makeNotes = (): Uint8Array => encode(NOTES);

/** A PNG of 8-bit colours: sea over sand. */
export function makePicture(width: number, height: number): Uint8Array {
  const header = new DataView(new ArrayBuffer(13));
  header.setUint32(0, width);
  header.setUint32(4, height);
  header.setUint8(8, 8);
  header.setUint8(9, 2);
  const rows = new Uint8Array(height * (1 + 3 * width));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) rows.set(colourAt(x, y / height), y * (1 + 3 * width) + 1 + 3 * x);
  }
  const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  const parts = [signature, pngChunk('IHDR', new Uint8Array(header.buffer)), pngChunk('IDAT', deflateSync(rows))];
  return Buffer.concat([...parts, pngChunk('IEND', new Uint8Array())]);
}

function colourAt(x: number, depth: number): number[] {
  const wave = 12 * Math.sin(x / 9 + 20 * depth);
  return depth > 0.8 ? [214, 190, 138 + wave] : [20 + wave, 120 - 70 * depth, 190 - 60 * depth];
}

/** Length, name, data, checksum over name and data. */
function pngChunk(name: string, data: Uint8Array): Uint8Array {
  const body = Buffer.concat([encode(name), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

export type SoundTags = { readonly title: string; readonly artist: string; readonly album: string };
const SOUND_RATE = 44_100;

/** The part of a WAV file before its samples (16 bit, two channels), tags included. */
export function makeSoundHeader(dataBytes: number, tags: SoundTags): Uint8Array {
  const format = Buffer.alloc(16);
  format.writeUInt16LE(1, 0);
  format.writeUInt16LE(2, 2);
  format.writeUInt32LE(SOUND_RATE, 4);
  format.writeUInt32LE(SOUND_RATE * 4, 8);
  format.writeUInt16LE(4, 12);
  format.writeUInt16LE(16, 14);
  const info = [riff('INAM', text(tags.title)), riff('IART', text(tags.artist)), riff('IPRD', text(tags.album))];
  const list = riff('LIST', Buffer.concat([encode('INFO'), ...info]));
  const head = Buffer.concat([encode('WAVE'), riff('fmt ', format), list, encode('data'), uint32(dataBytes)]);
  return Buffer.concat([encode('RIFF'), uint32(head.length + dataBytes), head]);
}

const text = (value: string): Uint8Array => encode(`${value}\0`);

function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** Name, length, data, and a zero byte where the length is odd. */
const riff = (name: string, data: Uint8Array): Uint8Array =>
  Buffer.concat([encode(name), uint32(data.length), data, new Uint8Array(data.length % 2)]);

/** A short tone that fades. */
export function makeSound(seconds: number, tags: SoundTags): Uint8Array {
  const frames = Math.round(seconds * SOUND_RATE);
  const samples = new Int16Array(2 * frames);
  for (let frame = 0; frame < frames; frame++) {
    const level = 8000 * (1 - frame / frames) * Math.sin((2 * Math.PI * 220 * frame) / SOUND_RATE);
    samples.fill(level, 2 * frame, 2 * frame + 2);
  }
  return Buffer.concat([makeSoundHeader(samples.byteLength, tags), new Uint8Array(samples.buffer)]);
}

export const makeArchive = (): Uint8Array =>
  zipSync({
    'reef/notes.txt': makeNotes(),
    'reef/picture.png': makePicture(64, 48),
    'reef/readme.txt': encode('All of it.\n'),
  });

const PIECE = 2 ** 20;

/** Writes a sound of about `bytes` bytes (whole MiB of noise), always the same for the same tags. */
export async function writeLongSound(path: string, bytes: number, tags: SoundTags): Promise<void> {
  const pieces = Math.floor(bytes / PIECE);
  const file = await open(path, 'wx');
  try {
    await file.write(makeSoundHeader(pieces * PIECE, tags));
    for (let piece = 0; piece < pieces; piece++) await file.write(makeNoise(`${tags.title} ${piece}`));
  } finally {
    await file.close();
  }
}

/** The output of a hash: bytes that do not compress and repeat nowhere. */
const makeNoise = (seed: string): Uint8Array => createHash('shake256', { outputLength: PIECE }).update(seed).digest();

/** Writes files into a new folder. */
export async function writeFiles(folder: string, files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
}
