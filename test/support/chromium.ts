import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Debian's. */
const PROGRAM = 'chromium';
const SWITCHES = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--no-first-run',
  '--remote-debugging-port=0',
];

/** A Chromium without pages of ours: where its debugger listens, and how to end it. */
export type Chromium = { readonly endpoint: string; stop(): Promise<void> };

export async function startChromium(): Promise<Chromium> {
  const profile = await mkdtemp(join(tmpdir(), 'shoal-chromium-'));
  const chromium = spawn(PROGRAM, [...SWITCHES, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(chromium, 'exit');
  const stop = async () => {
    chromium.kill('SIGKILL');
    await ended;
    // Its other processes may still be writing.
    await rm(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  };
  for await (const line of createInterface({ input: chromium.stderr })) {
    const endpoint = /DevTools listening on (ws:\S+)/.exec(line)?.[1];
    if (endpoint === undefined) continue;
    chromium.stderr.resume();
    return { endpoint, stop };
  }
  await stop();
  throw new Error('Chromium ended before its debugger listened');
}
