import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { ShoalProcess } from '../../support/peer-process.ts';
import { findElectron } from '../../support/shell-app.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** `npm start` where no window can be had. */

const START = fileURLToPath(new URL('../../../build/start.js', import.meta.url));
const isFetched = findElectron() !== undefined;

/** Starts it, and ends it when its peer is ready; the address of the page, and what it said. */
async function start(env: Readonly<Record<string, string>>) {
  const data = await temporaryFolder();
  const words = ['--json', '--no-lan', '--data', data, '--downloads', join(data, 'downloads'), '--web', '127.0.0.1:0'];
  const started = new ShoalProcess([...words, '--listen', '127.0.0.1:0', '--hidden'], env, START);
  const { web } = await started.event('ready');
  started.process.kill('SIGTERM');
  expect(await started.status).toBe(0);
  return { web: String(web), said: started.err.split('\n').filter((line) => line.startsWith('shoal: ')) };
}

const NO_DISPLAY = { DISPLAY: '', WAYLAND_DISPLAY: '' };
const A_DISPLAY = { DISPLAY: ':9' };
const instead = 'running the peer with its page for a browser instead';

test.runIf(process.platform === 'linux')('without a display the peer runs, with its page', async () => {
  const { web, said } = await start(NO_DISPLAY);
  expect(web).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#token=[0-9a-f]{64}$/);
  expect(said).toEqual([`shoal: there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set): ${instead}`]);
});

test.skipIf(isFetched)('Electron is not fetched against the will of the environment', async () => {
  const { said } = await start({ ...A_DISPLAY, ELECTRON_SKIP_BINARY_DOWNLOAD: '1' });
  expect(said).toEqual([`shoal: Electron is missing, and ELECTRON_SKIP_BINARY_DOWNLOAD is set: ${instead}`]);
});

test.skipIf(isFetched)('when Electron cannot be fetched, that is one line', async () => {
  // Nothing listens there.
  const { said } = await start({ ...A_DISPLAY, ELECTRON_MIRROR: 'http://127.0.0.1:9/' });
  expect(said[0]).toBe('shoal: fetching Electron, once');
  expect(said[1]).toMatch(
    /^shoal: Electron cannot be fetched \(.+\): running the peer with its page for a browser instead$/,
  );
  expect(said).toHaveLength(2);
});
