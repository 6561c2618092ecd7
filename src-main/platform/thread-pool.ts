/** Four, the number of Node, are soon all taken where one disk does not answer: then no file is read any more and no name looked up. */
const THREADS = 16;

/**
 * Has the system's calls for files and names run on more threads. Of use only before the first of them, and not on Windows,
 * where libuv does not see what a running process sets; a number that the user set stays.
 */
export function widenThreadPool(): void {
  process.env.UV_THREADPOOL_SIZE ??= `${THREADS}`;
}
