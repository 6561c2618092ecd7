import { createConnection, type Socket } from 'node:net';
import { setTimeout as after } from 'node:timers/promises';
import { parseAddress } from '../../../src-main/contract/address.ts';
import type { Attack } from './attack-process.ts';
import { inParallel } from './in-parallel.ts';

const CONNECTIONS = 10_000;
const AT_ONCE = 500;
/** What was refused is known by then. */
const LOOK_MS = 300;

/** Ten thousand connections, each held for as long as the other side lets it: how many still stand when the last one has come. */
export async function connectMany({ target, from, say }: Attack): Promise<void> {
  const to = parseAddress(target);
  if (!to) throw new Error(`no address: ${target}`);
  const open = new Set<Socket>();
  let connected = 0;
  say('begun');
  const startMs = performance.now();
  await inParallel(CONNECTIONS, AT_ONCE, async (nth) => {
    const localAddress = from[nth % from.length];
    const socket = createConnection({ ...to, ...(localAddress !== undefined && { localAddress }) });
    open.add(socket);
    await new Promise((resolve) => {
      socket
        .once('connect', resolve)
        .on('connect', () => connected++)
        .on('error', resolve)
        .once('close', () => open.delete(socket))
        .resume();
    });
  });
  const tookMs = Math.round(performance.now() - startMs);
  await after(LOOK_MS);
  say('over', { connected, held: open.size, tookMs });
}
