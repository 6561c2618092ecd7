import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { timeProgram } from '../programs.ts';

const PIECE = 2 ** 20;

/** A Metalink with SHA-256 of the file and of its pieces of 1 MiB, so that aria2c checks as much as Shoal does. */
export function writeMetalink(path: string, file: string, urls: readonly string[]): void {
  const size = statSync(file).size;
  const buffer = Buffer.alloc(PIECE);
  const handle = openSync(file, 'r');
  const hashes: string[] = [];
  const whole = createHash('sha256');
  for (let at = 0; at < size; at += PIECE) {
    const read = readSync(handle, buffer, 0, PIECE, at);
    whole.update(buffer.subarray(0, read));
    hashes.push(createHash('sha256').update(buffer.subarray(0, read)).digest('hex'));
  }
  closeSync(handle);
  writeFileSync(
    path,
    `<?xml version="1.0" encoding="UTF-8"?><metalink xmlns="urn:ietf:params:xml:ns:metalink"><file name="${basename(file)}"><size>${size}</size>
<hash type="sha-256">${whole.digest('hex')}</hash>
<pieces length="${PIECE}" type="sha-256">${hashes.map((hash) => `<hash>${hash}</hash>`).join('')}</pieces>
${urls.map((url) => `<url>${url}</url>`).join('')}</file></metalink>`,
  );
}

/** aria2c fetching the file of a Metalink from all of its servers at once, each piece checked. */
export function fetchByAria2(folder: string, metalink: string): Promise<{ seconds: number; peakMiB: number }> {
  mkdirSync(folder, { recursive: true });
  const args = [
    '--no-conf',
    '--quiet',
    '--dir',
    folder,
    '--split=4',
    '--min-split-size=1M',
    '--max-connection-per-server=1',
  ];
  return timeProgram('aria2c', [...args, '--file-allocation=none', '--metalink-file', join(metalink)]);
}
