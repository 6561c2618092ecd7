import { join } from 'node:path';
import { type NativeImage, nativeImage } from 'electron';

/** The pictures that the build drew. macOS colours a template itself, by its name. */
export function readIcons(folder: string, platform: string): Record<'window' | 'tray' | 'drag', NativeImage> {
  const read = (name: string) => nativeImage.createFromPath(join(folder, name));
  return {
    window: read('icon-256.png'),
    tray: read(platform === 'darwin' ? 'trayTemplate.png' : 'tray.png'),
    drag: read('icon-64.png'),
  };
}
