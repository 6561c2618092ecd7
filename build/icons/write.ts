import { mkdirSync, writeFileSync } from 'node:fs';
import { type Colour, iconPicture, trayPicture } from './picture.ts';
import { drawPng } from './png.ts';

/** Draws every icon into out/icons; part of `npm run build`. */
const FOLDER = new URL('../../out/icons/', import.meta.url);

/** macOS uses only the shape of a template, and colours it itself; elsewhere a tray may be light or dark, and this is seen on both. */
const BLACK: Colour = [0, 0, 0, 1];
const TEAL: Colour = [0.1, 0.68, 0.74, 1];

mkdirSync(FOLDER, { recursive: true });
const write = (name: string, picture: Parameters<typeof drawPng>[0], side: number) =>
  writeFileSync(new URL(name, FOLDER), drawPng(picture, side));

for (const side of [16, 32, 48, 64, 128, 256, 512]) write(`icon-${side}.png`, iconPicture, side);
for (const [suffix, side] of [
  ['', 22],
  ['@2x', 44],
] as const) {
  write(`tray${suffix}.png`, trayPicture(TEAL), side);
  write(`trayTemplate${suffix}.png`, trayPicture(BLACK), side);
}
