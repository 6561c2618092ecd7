import type { Host } from './host.ts';

/**
 * A terminal's Ctrl-C reaches every process of its group, and `npm run` and the launcher pass signals on: what comes within this
 * time of the last one is the same key press.
 */
const SAME_PRESS_MS = 300;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What of a Host is this process itself. */
export const processHost: Pick<Host, 'stdout' | 'stderr' | 'workingFolder' | 'onInterrupt' | 'exit' | 'isWatched'> = {
  stdout: process.stdout,
  stderr: process.stderr,
  workingFolder: process.cwd(),
  isWatched: isWatched(),
  exit: (status) => process.exit(status),
  onInterrupt(listener) {
    let lastAt = Number.NEGATIVE_INFINITY;
    const heard = () => {
      const now = performance.now();
      const isNew = now - lastAt > SAME_PRESS_MS;
      lastAt = now;
      if (isNew) listener();
    };
    for (const signal of SIGNALS) process.on(signal, heard);
    return () => {
      for (const signal of SIGNALS) process.off(signal, heard);
    };
  },
};

/** A reader that went away (`shoal downloads | head -1`) is no error of ours; what else goes wrong with stdout is. */
export function passOverClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}

function isWatched(): boolean {
  const { CI, DISPLAY, WAYLAND_DISPLAY } = process.env;
  return !CI && (process.stdout.isTTY === true || Boolean(DISPLAY ?? WAYLAND_DISPLAY));
}
