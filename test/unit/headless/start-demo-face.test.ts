import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { Platform } from '../../../src-main/headless/host.ts';
import { startDemoFace } from '../../../src-main/headless/start-demo-face.ts';
import { NodeFileSystem } from '../../../src-main/platform/node-file-system.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

test('a face that cannot be made leaves no peer running', async () => {
  const folder = await temporaryFolder();
  const pageFolder = join(folder, 'page');
  await mkdir(pageFolder);
  await writeFile(join(pageFolder, 'index.html'), '');
  const stop = vi.fn(async () => undefined);
  const engine = { start: async () => undefined, stop, nodeId: '', listening: () => ({ host: '127.0.0.1', port: 1 }) };
  const platform = {
    files: new NodeFileSystem(),
    openEngine: async () => engine,
    loadTls: () => Promise.reject(new Error('no key')),
  } as unknown as Platform;
  const options = { folder, downloads: folder, shares: [], bootstrap: [], settings: {} };
  await expect(startDemoFace({ pageFolder }, platform, options)).rejects.toThrow('no key');
  expect(stop).toHaveBeenCalledOnce();
});
