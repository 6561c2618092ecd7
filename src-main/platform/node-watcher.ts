import { stat } from 'node:fs/promises';
import { AppError } from '../contract/errors.ts';
import type { Watcher, WatchHandle } from '../engine/ports/index.ts';
import { FolderWatch } from './folder-watch.ts';

/** Watches folders by the system's own means, see docs/adr/0007. */
export class NodeWatcher implements Watcher {
  async watch(folder: string, onChange: (path: string) => void, onError: (why: string) => void): Promise<WatchHandle> {
    const stats = await stat(folder).catch(() => undefined);
    if (!stats?.isDirectory()) throw new AppError('disk.missing', { path: folder });
    const folderWatch = new FolderWatch(folder, { onChange, onError });
    await folderWatch.start();
    return { close: async () => folderWatch.close() };
  }
}
