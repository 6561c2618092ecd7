import type { Rectangle } from 'electron';
import { z } from 'zod';
import type { FileSystem } from '../engine/ports/index.ts';

const MAX_BYTES = 4096;
const FILE_NAME = 'window.json';

const pixels = z.int().min(-100_000).max(100_000);
const windowStateSchema = z.object({
  bounds: z.object({ x: pixels, y: pixels, width: pixels, height: pixels }),
  isMaximized: z.boolean(),
});
export type WindowState = Readonly<z.infer<typeof windowStateSchema>>;

export type Placement = {
  readonly size: { readonly width: number; readonly height: number };
  /** Without it the system chooses. */
  readonly place?: { readonly x: number; readonly y: number };
  readonly isMaximized: boolean;
};

const DEFAULT_SIZE = { width: 1180, height: 760 };
export const MIN_SIZE = { width: 480, height: 360 };
/** As much of a title bar as can be caught with a mouse. */
const VISIBLE = { width: 100, height: 40 };

/** Where a window opens: as it was left, but never where no display is. */
export function placeWindow(stored: WindowState | undefined, workAreas: readonly Rectangle[]): Placement {
  if (!stored) return { size: DEFAULT_SIZE, isMaximized: false };
  const { bounds, isMaximized } = stored;
  const size = {
    width: Math.max(MIN_SIZE.width, bounds.width),
    height: Math.max(MIN_SIZE.height, bounds.height),
  };
  const isReachable = workAreas.some((area) => showsTitle(area, bounds));
  return { size, isMaximized, ...(isReachable ? { place: { x: bounds.x, y: bounds.y } } : {}) };
}

function showsTitle(area: Rectangle, { x, y, width }: Rectangle): boolean {
  const across = Math.min(area.x + area.width, x + width) - Math.max(area.x, x);
  return across >= VISIBLE.width && y >= area.y && y + VISIBLE.height <= area.y + area.height;
}

/** The window's place in the data folder. One that cannot be read or written is no reason to fail. */
export class WindowStateFile {
  readonly #files: FileSystem;
  readonly #path: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(files: FileSystem, folder: string) {
    this.#files = files;
    this.#path = files.paths.join(folder, FILE_NAME);
  }

  async read(): Promise<WindowState | undefined> {
    try {
      const bytes = await this.#files.readSmall(this.#path, MAX_BYTES);
      return bytes && windowStateSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
    } catch {
      // Damaged, or longer than anything that we write: the window opens at its default place.
      return undefined;
    }
  }

  write(state: WindowState): void {
    const bytes = new TextEncoder().encode(`${JSON.stringify(state)}\n`);
    this.#writing = this.#writing.then(() => this.#files.writeSmall(this.#path, bytes)).catch(() => undefined);
  }

  /** Resolves when all is written. */
  settled(): Promise<void> {
    return this.#writing;
  }
}
