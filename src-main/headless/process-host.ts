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

/** What writing says when a pipe's reader, or the terminal, is there no more. */
const READER_GONE = new Set(['EPIPE', 'EIO']);

/** A reader that went away (`shoal downloads | head -1`, a closed terminal) is no error of ours; what else goes wrong with stdout is. */
export function passOverClosedPipes(streams: readonly NodeJS.EventEmitter[] = [process.stdout, process.stderr]): void {
  for (const stream of streams) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (!READER_GONE.has(error.code ?? '')) throw error;
    });
  }
}

function isWatched(): boolean {
  const { CI, DISPLAY, WAYLAND_DISPLAY } = process.env;
  return !CI && (process.stdout.isTTY === true || Boolean(DISPLAY ?? WAYLAND_DISPLAY));
}
