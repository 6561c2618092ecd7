import { open } from 'node:fs/promises';
import { openPlatform } from '../../src-main/peer-platform.ts';
import { widenThreadPool } from '../../src-main/platform/thread-pool.ts';

/** Has twelve threads wait for a FIFO that nobody writes to, as they do for a disk that does not answer; then looks at another file. */
widenThreadPool();
const [fifo = '', other = ''] = process.argv.slice(2);
const { files } = await openPlatform();
for (let i = 0; i < 12; i++) void open(fifo, 'r');
process.stdout.write(`${(await files.statLink(other))?.kind}\n`);
process.kill(process.pid, 'SIGKILL');
