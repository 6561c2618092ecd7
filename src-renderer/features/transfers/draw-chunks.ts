import type { ChunkCell } from './chunk-cells.ts';

type Look = {
  readonly verified: string;
  readonly missing: string;
  readonly colourOf: (node: string) => string;
};
/** CSS pixels. */
type Area = { readonly width: number; readonly height: number };

/** A cell with its gap; smaller ones cannot be told apart. */
const CELL = 9;
const GAP = 1;
const LARGEST = 22;

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
  for (const [index, { verified, asked }] of cells.entries()) {
    const column = index % columns;
    const x = isMirrored ? area.width - (column + 1) * size + GAP : column * size;
    const y = Math.floor(index / columns) * size;
    const side = size - GAP;
    context.fillStyle = asked === null ? look.missing : look.colourOf(asked);
    context.fillRect(x, y, side, side);
    context.fillStyle = look.verified;
    // From below, as a vessel fills.
    context.fillRect(x, y + side * (1 - verified), side, side * verified);
  }
}

function cellSize({ width, height }: Area, cells: number): number {
  for (let size = LARGEST; size > CELL; size--) {
    if (Math.floor(width / size) * Math.floor(height / size) >= cells) return size;
  }
  return CELL;
}
