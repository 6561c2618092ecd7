import type { ChunkCell } from './chunk-cells.ts';

type Look = {
  readonly verified: string;
  readonly missing: string;
  readonly available: string;
  readonly unavailable: string;
  readonly colourOf: (node: string) => string;
};
/** CSS pixels. */
type Area = { readonly width: number; readonly height: number };

/** A cell with its gap; smaller ones cannot be told apart. */
const CELL = 9;
const GAP = 1;
const LARGEST = 22;
/** From here on more make no difference to see. */
const MANY_SOURCES = 8;

export const mostCells = ({ width, height }: Area): number =>
  Math.max(1, Math.floor(width / CELL)) * Math.max(1, Math.floor(height / CELL));

/** Draws all cells row by row, as large as fits. */
export function drawChunks(canvas: HTMLCanvasElement, area: Area, cells: readonly ChunkCell[], look: Look): void {
  const scale = window.devicePixelRatio;
  canvas.width = Math.round(area.width * scale);
  canvas.height = Math.round(area.height * scale);
  const context = canvas.getContext('2d');
  if (!context || cells.length === 0) return;
  context.scale(scale, scale);
  const size = cellSize(area, cells.length);
  const columns = Math.max(1, Math.floor(area.width / size));
  const isMirrored = getComputedStyle(canvas).direction === 'rtl';
  for (const [index, { verified, asked, available }] of cells.entries()) {
    const column = index % columns;
    const x = isMirrored ? area.width - (column + 1) * size + GAP : column * size;
    const y = Math.floor(index / columns) * size;
    const side = size - GAP;
    context.fillStyle = asked === null ? look.missing : look.colourOf(asked);
    context.fillRect(x, y, side, side);
    if (asked === null && verified < 1) drawAvailability(context, { x, y, side }, available, look);
    context.fillStyle = look.verified;
    // From below, as a vessel fills.
    context.fillRect(x, y + side * (1 - verified), side, side * verified);
  }
}

/** The more sources have it, the darker; a frame where nobody has. */
function drawAvailability(
  context: CanvasRenderingContext2D,
  { x, y, side }: { readonly x: number; readonly y: number; readonly side: number },
  available: number,
  look: Look,
): void {
  if (available === 0) {
    context.strokeStyle = look.unavailable;
    context.strokeRect(x + 0.5, y + 0.5, side - 1, side - 1);
    return;
  }
  context.globalAlpha = Math.min(available, MANY_SOURCES) / MANY_SOURCES / 2;
  context.fillStyle = look.available;
  context.fillRect(x, y, side, side);
  context.globalAlpha = 1;
}

function cellSize({ width, height }: Area, cells: number): number {
  for (let size = LARGEST; size > CELL; size--) {
    if (Math.floor(width / size) * Math.floor(height / size) >= cells) return size;
  }
  return CELL;
}
