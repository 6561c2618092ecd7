import { randomInt } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatAddress, type PeerAddress, parseAddress } from '../../contract/address.ts';
import { AppError, toAppError } from '../../contract/errors.ts';
import type { Hole, KnownRemote, MetPeer, OutgoingRequest } from '../../engine/ports/index.ts';
import { PUNCH } from '../../engine/wire/limits.ts';
import { errnoOf } from '../file-errors.ts';
import type { Dial, Dialled } from './dial.ts';
import { toPeerError } from './socket-error.ts';
import { TlsCalledConnection } from './tls-called-connection.ts';

export type HoleDeps = {
  readonly dial: Dial;
  readonly localAddress: () => string | undefined;
  readonly timeoutMs: () => number;
  /** TLS and the check of the key on a connected socket, then what may be done with it. */
  readonly secure: (socket: Socket, to: KnownRemote, signal: AbortSignal) => Promise<MetPeer>;
};

/** The range of ports for such uses (RFC 6335), of which nearly all are free. */
const FIRST_PORT = 49_152;
const LAST_PORT = 65_535;
const PORT_TRIES = 5;
/**
 * A router that answers for a closed port does so at once: the next tries follow after about these, so that two of them may cross. They grow,
 * and are few, for the address is what another said: whoever is there and did not ask for it is troubled four times.
 */
const REFUSED_PAUSES_MS = [200, 600, 1800];
/** A local port that is still in use is looked at again after this. */
const BUSY_PAUSE_MS = 100;
const SEEN: OutgoingRequest = { method: 'GET', path: '/seen', maxBytes: 1024, timeoutMs: 10_000 };

/** Opens a hole by a link to a supernode from a fresh port. Fails with peer.*. */
export async function openTcpHole(to: KnownRemote, deps: HoleDeps, signal?: AbortSignal): Promise<Hole> {
  const link = await dialFromFreshPort(to, deps, signal);
  const seen = await askSeen(link, deps, signal);
  const { localPort } = link.socket;
  if (localPort !== undefined) return new TcpHole({ ...deps, localPort, seen, link });
  throw new AppError('peer.closed', { address: formatAddress(to.address) });
}

/** Where the other end sees this connection, which is closed when that cannot be had. */
async function askSeen(
  { socket, remote }: Dialled,
  { timeoutMs }: HoleDeps,
  signal?: AbortSignal,
): Promise<PeerAddress> {
  const connection = new TlsCalledConnection(socket, remote);
  try {
    const { status, body } = await connection.request({ ...SEEN, timeoutMs: timeoutMs() }, signal);
    const seen = status === 200 ? parseSeen(body) : undefined;
    if (seen) return seen;
    throw new AppError('peer.protocol', { address: formatAddress(remote.address), why: 'no usable answer to /seen' });
  } catch (error) {
    connection.close();
    throw error;
  }
}

async function dialFromFreshPort(
  to: KnownRemote,
  { dial, timeoutMs }: HoleDeps,
  signal?: AbortSignal,
): Promise<Dialled> {
  for (let tries = 1; ; tries++) {
    // Bound by name, for only such a port can be used again while it is in use.
    const localPort = randomInt(FIRST_PORT, LAST_PORT + 1);
    try {
      return await dial(to.address, { expected: to.nodeId, timeoutMs: timeoutMs(), localPort, signal });
    } catch (error) {
      if (tries >= PORT_TRIES || errnoOf(toAppError(error).cause) !== 'EADDRINUSE') throw error;
    }
  }
}

function parseSeen(body: Uint8Array): PeerAddress | undefined {
  try {
    const { seen } = JSON.parse(new TextDecoder().decode(body));
    return typeof seen === 'string' ? parseAddress(seen) : undefined;
  } catch {
    // No JSON: no answer.
    return undefined;
  }
}

type OpenHole = HoleDeps & { readonly localPort: number; readonly seen: PeerAddress; readonly link: Dialled };

class TcpHole implements Hole {
  readonly seen: PeerAddress;
  readonly remote: KnownRemote;
  readonly #deps: OpenHole;
  readonly #closed = new AbortController();

  constructor(deps: OpenHole) {
    this.#deps = deps;
    this.seen = deps.seen;
    this.remote = deps.link.remote;
  }

  get keepsPort(): boolean {
    return this.seen.port === this.#deps.localPort;
  }

  async seenBy(to: KnownRemote, signal?: AbortSignal): Promise<PeerAddress> {
    const { dial, timeoutMs, localPort } = this.#deps;
    const either = this.#untilClosed(signal);
    const link = await dial(to.address, { expected: to.nodeId, timeoutMs: timeoutMs(), localPort, signal: either });
    try {
      return await askSeen(link, this.#deps, either);
    } finally {
      link.socket.destroy();
    }
  }

  async punch(to: KnownRemote, signal?: AbortSignal): Promise<MetPeer> {
    const either = this.#untilClosed(signal);
    const socket = await this.#connect(to.address, either);
    return this.#deps.secure(socket, to, either);
  }

  close(): void {
    this.#closed.abort(new AppError('peer.closed', { address: formatAddress(this.seen) }));
    this.#deps.link.socket.destroy();
  }

  #untilClosed(signal?: AbortSignal): AbortSignal {
    return signal ? AbortSignal.any([signal, this.#closed.signal]) : this.#closed.signal;
  }

  /** Some tries of a fixed length: one that is refused leaves time for others within its own. */
  async #connect(address: PeerAddress, signal: AbortSignal): Promise<Socket> {
    const endMs = performance.now() + PUNCH.tries * PUNCH.tryMs;
    let failure: unknown = new AppError('peer.timeout', { address: formatAddress(address) });
    let refused = 0;
    while (performance.now() < endMs) {
      signal.throwIfAborted();
      try {
        return await this.#try(address, signal);
      } catch (error) {
        failure = error;
        const errno = errnoOf(error);
        const isBusy = errno === 'EADDRINUSE';
        // Where the system lets no two connections share a port, the first one makes room.
        if (isBusy) this.#deps.link.socket.destroy();
        const pauseMs = isBusy ? BUSY_PAUSE_MS : errno === undefined ? 0 : REFUSED_PAUSES_MS[refused++];
        if (pauseMs === undefined) break;
        await pause(pauseMs * (0.5 + Math.random()), signal);
      }
    }
    throw toPeerError(failure, address);
  }

  #try({ host, port }: PeerAddress, signal: AbortSignal): Promise<Socket> {
    const { localPort, localAddress } = this.#deps;
    const from = localAddress();
    return new Promise((resolve, reject) => {
      const socket = connect({
        host,
        port,
        localPort,
        noDelay: true,
        ...(from !== undefined && { localAddress: from }),
      });
      const settle = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', onAbort);
        socket.off('error', fail);
      };
      const fail = (error: unknown) => {
        settle();
        socket.on('error', () => undefined).destroy();
        reject(error);
      };
      const onAbort = () => fail(signal.reason);
      const timer = setTimeout(
        () => fail(new AppError('peer.timeout', { address: formatAddress({ host, port }) })),
        PUNCH.tryMs,
      );
      signal.addEventListener('abort', onAbort, { once: true });
      socket.on('error', fail).once('connect', () => {
        settle();
        resolve(socket);
      });
    });
  }
}

/** Shorter when the signal aborts. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);
