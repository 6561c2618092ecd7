import { setTimeout as sleepFor } from 'node:timers/promises';
import type { CommandInput } from '../contract/api.ts';
import type { SearchResult, WaveReport } from '../contract/search.ts';
import type { DemoPeer } from './demo-deps.ts';

/** Fails with the signal's reason when it aborts first. */
export const sleep = (ms: number, signal: AbortSignal): Promise<void> => sleepFor(ms, undefined, { signal });

export const showSize = (bytes: number): string =>
  bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
export const countSources = (count: number): string => (count === 1 ? '1 source' : `${count} sources`);

type Found = { readonly results: readonly SearchResult[]; readonly waves: readonly WaveReport[] };

/** One whole search: its results, the last state of each, and its waves in order. */
export async function runSearch(
  peer: DemoPeer,
  input: CommandInput<'search.start'>,
  signal: AbortSignal,
): Promise<Found> {
  signal.throwIfAborted();
  const results = new Map<string, SearchResult>();
  const waves = new Map<number, WaveReport>();
  const ended = Promise.withResolvers<void>();
  // One search runs at a time, so its events need no sorting.
  const offs = [
    peer.on('search.hit', ({ result }) => results.set(`${result.hash} ${result.size}`, result)),
    peer.on('search.wave', (wave) => waves.set(wave.wave, wave)),
    peer.on('search.end', () => ended.resolve()),
  ];
  const abort = () => ended.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await peer.command('search.start', input);
    await ended.promise;
    return { results: [...results.values()], waves: [...waves.values()] };
  } finally {
    signal.removeEventListener('abort', abort);
    for (const off of offs) off();
  }
}
