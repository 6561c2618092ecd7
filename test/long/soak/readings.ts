import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { readPrometheusText } from '../../support/prometheus-text.ts';
import type { MortalPeer } from '../mortal-peer.ts';

/** What is read of a process at one moment. */
export type Reading = {
  /** Since the traffic began, s. */
  readonly at: number;
  readonly residentMiB: number;
  /** Of it what is no page of a file: the rest is the program itself, as far as it was used. */
  readonly anonymousMiB: number;
  /** Objects of the main thread; undefined where the peer did not answer. */
  readonly heapMiB: number | undefined;
  readonly descriptors: number;
  readonly threads: number;
};

const MIB = 2 ** 20;
const PATIENCE_MS = 5000;

function statusOf(pid: number | undefined): Pick<Reading, 'residentMiB' | 'anonymousMiB' | 'threads'> {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const ofField = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? Number.NaN);
  return {
    residentMiB: ofField('VmRSS') / 1024,
    anonymousMiB: ofField('RssAnon') / 1024,
    threads: ofField('Threads'),
  };
}

/** What the open descriptors of a process are: paths of files, else kinds. */
export function descriptorsOf(pid: number | undefined): readonly string[] {
  const folder = `/proc/${pid}/fd`;
  return readdirSync(folder).flatMap((name) => {
    try {
      return [readlinkSync(join(folder, name)).replace(/:\[\d+\]$/, '')];
    } catch {
      // Closed since it was listed.
      return [];
    }
  });
}

export async function readPeer(peer: MortalPeer, at: number): Promise<Reading> {
  const { pid } = peer.program.process;
  const heapBytes = await heapOf(peer).catch(() => undefined);
  return {
    at,
    ...statusOf(pid),
    heapMiB: heapBytes === undefined ? undefined : heapBytes / MIB,
    descriptors: descriptorsOf(pid).length,
  };
}

async function heapOf(peer: MortalPeer): Promise<number | undefined> {
  const token = (await readFile(join(peer.data, 'metrics-token'), 'utf8')).trim();
  const text = await getOnce(new URL('/metrics', webOf(peer)), { Authorization: `Bearer ${token}` });
  return readPrometheusText(text).get('shoal_process_heap_bytes');
}

/** Where its page is: what it printed at its start. */
export function webOf(peer: MortalPeer): URL {
  const ready = peer.program.lines.find((line) => line.includes('"ready"')) ?? '{}';
  return new URL(JSON.parse(ready).web);
}

/** By a connection of its own, closed afterwards: what is kept open would be a descriptor. */
function getOnce(url: URL, headers: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    request(url, { headers, agent: false, signal: AbortSignal.timeout(PATIENCE_MS) }, (answer) => {
      let text = '';
      answer
        .setEncoding('utf8')
        .on('data', (more: string) => {
          text += more;
        })
        .once('end', () => resolve(text))
        .once('error', reject);
    })
      .once('error', reject)
      .end();
  });
}

/**
 * The median of the slopes between all pairs of one kind (Theil and Sen): outliers do not move it, nor does a change of kinds. Per unit
 * of x.
 */
export function medianSlope(
  points: readonly { readonly x: number; readonly y: number; readonly kind: number }[],
): number {
  const slopes: number[] = [];
  for (const [at, { x, y, kind }] of points.entries())
    for (const other of points.slice(at + 1))
      if (other.kind === kind && other.x > x) slopes.push((other.y - y) / (other.x - x));
  slopes.sort((a, b) => a - b);
  const [low, high] = [slopes[Math.floor((slopes.length - 1) / 2)], slopes[Math.floor(slopes.length / 2)]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}
