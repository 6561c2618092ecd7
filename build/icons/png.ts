import { crc32, deflateSync } from 'node:zlib';
import type { Picture } from './picture.ts';

/** Points looked at in each direction of a pixel: edges are smooth. */
const SAMPLES = 3;

/** `picture` as a square PNG with transparency. */
export function drawPng(picture: Picture, side: number): Buffer {
  const rows = Buffer.alloc(side * (1 + 4 * side));
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) rows.set(pixelAt(picture, x, y, side), y * (1 + 4 * side) + 1 + 4 * x);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  // 8 bits each of red, green, blue and alpha.
  header.set([8, 6], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** The mean of some points; colours count by how much they cover. */
function pixelAt(picture: Picture, x: number, y: number, side: number): number[] {
  const sum = [0, 0, 0, 0];
  for (let sample = 0; sample < SAMPLES * SAMPLES; sample++) {
    const [across, down] = [sample % SAMPLES, Math.floor(sample / SAMPLES)];
    const colour = picture((x + (across + 0.5) / SAMPLES) / side, (y + (down + 0.5) / SAMPLES) / side);
    if (!colour) continue;
    for (const channel of [0, 1, 2]) sum[channel] = (sum[channel] ?? 0) + (colour[channel] ?? 0) * colour[3];
    sum[3] = (sum[3] ?? 0) + colour[3];
  }
  const cover = sum[3] ?? 0;
  if (cover === 0) return [0, 0, 0, 0];
  const byte = (value: number) => Math.round(255 * value);
  return [...sum.slice(0, 3).map((value) => byte(value / cover)), byte(cover / SAMPLES ** 2)];
}

/** Length, name, data, checksum over name and data. */
function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}
