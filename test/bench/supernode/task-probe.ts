import { createHook } from 'node:async_hooks';
import { isMainThread } from 'node:worker_threads';

/**
 * Loaded before the program (`node --import`): measures each task of its event loop, which is what runs from one callback that the system makes to the
 * next, with the promises that it settles. In time of the processor, so that other programs that run meanwhile do not count; garbage
 * collection does. SIGUSR2 begins, and then prints `{"tasks":N,…}` of the time since the last one.
 */
const MICROSECONDS_PER_MS = 1000;
/** No task should take longer (design, section 3). */
const LONG_MS = 10;

let depth = 0;
let startedMs = 0;
let longestMs = 0;
let long = 0;
let count = 0;
let told = 0;

/** Of this thread. */
function processorMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / MICROSECONDS_PER_MS;
}

function begin(): void {
  if (depth++ > 0) return;
  const nowMs = processorMs();
  const tookMs = nowMs - startedMs;
  startedMs = nowMs;
  count++;
  longestMs = Math.max(longestMs, tookMs);
  if (tookMs > LONG_MS) long++;
}

function end(): void {
  depth = Math.max(0, depth - 1);
}

function tell(): void {
  if (told === 0) createHook({ before: begin, after: end, trackPromises: false }).enable();
  else console.log(JSON.stringify({ tasks: told, count, longestMs, long }));
  told++;
  startedMs = processorMs();
  longestMs = 0;
  long = 0;
  count = 0;
}

if (isMainThread) process.on('SIGUSR2', tell);
