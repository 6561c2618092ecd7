import type { ReadHandle } from '../../src-main/engine/ports/index.ts';
import { NodeFileSystem } from '../../src-main/platform/node-file-system.ts';

/**
 * `shoal` whose every read of a file for others comes out altered, after so many honest bytes as the environment says. Hashing has its
 * own way to the disk and believes the truth, so that the peer names the file by its true hash.
 */
const honestBytes = Number(process.env.HONEST_BYTES ?? 0);
const honestly = NodeFileSystem.prototype.openRead;
let told = 0;

NodeFileSystem.prototype.openRead = async function (path) {
  const handle = await honestly.call(this, path);
  return handle && altered(handle);
};

const altered = (handle: ReadHandle): ReadHandle => ({
  stat: () => handle.stat(),
  close: () => handle.close(),
  async read(target, position) {
    const length = await handle.read(target, position);
    told += length;
    if (told > honestBytes && length > 0) target[0] = (target[0] ?? 0) ^ 1;
    return length;
  },
});

await import('../../src-main/cli.ts');
