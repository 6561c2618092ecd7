import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';

/** Columns of /proc/net/tcp: `address:port` in hexadecimal, and `not acknowledged:not read`. */
const LOCAL = 1;
const REMOTE = 2;
const QUEUES = 4;

const portOf = (endpoint: string): number => Number.parseInt(endpoint.split(':')[1] ?? '', 16);

/**
 * Reads what the system holds of all IPv4 connections now. The function gives, for a connection within this machine, the bytes that
 * this end has written and the other end's program has not read.
 */
export async function queuedBytes(): Promise<(socket: Socket) => number> {
  const [, ...lines] = (await readFile('/proc/net/tcp', 'utf8')).trim().split('\n');
  const queues = new Map<string, { readonly unsent: number; readonly unread: number }>();
  for (const line of lines) {
    const columns = line.trim().split(/\s+/);
    const [unsent = 0, unread = 0] = (columns[QUEUES] ?? '').split(':').map((hex) => Number.parseInt(hex, 16));
    queues.set(`${portOf(columns[LOCAL] ?? '')} ${portOf(columns[REMOTE] ?? '')}`, { unsent, unread });
  }
  return ({ localPort, remotePort }) =>
    (queues.get(`${localPort} ${remotePort}`)?.unsent ?? 0) + (queues.get(`${remotePort} ${localPort}`)?.unread ?? 0);
}
