import { createSocket } from 'node:dgram';

export type UdpExchange<T> = {
  /** Own address. */
  readonly from: string;
  readonly to: { readonly host: string; readonly port: number };
  readonly message: Uint8Array;
  /** Undefined: not an answer to it, the wait goes on. */
  readonly decode: (bytes: Uint8Array) => T | undefined;
  readonly signal: AbortSignal;
};

/** Sent again after these (RFC 6886, section 3.1, which goes on to 64 s): a router in the same house answers the first two. */
const AGAIN_MS = [250, 500, 1000];
const LAST_WAIT_MS = 1000;

/** Asks by UDP until the host itself answers; undefined when it does not. Never rejects. */
export function exchangeByUdp<T>({ from, to, message, decode, signal }: UdpExchange<T>): Promise<T | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    let timer: NodeJS.Timeout | undefined;
    let isOver = false;
    const finish = (answer: T | undefined) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.close();
      resolve(answer);
    };
    const onAbort = () => finish(undefined);
    if (signal.aborted) return finish(undefined);
    signal.addEventListener('abort', onAbort, { once: true });
    const send = (tries: number) => {
      socket.send(message, (error) => error && finish(undefined));
      const pauseMs = AGAIN_MS[tries];
      timer = setTimeout(() => (pauseMs === undefined ? finish(undefined) : send(tries + 1)), pauseMs ?? LAST_WAIT_MS);
    };
    socket
      // Nobody listens there, or the system does not let it through.
      .on('error', () => finish(undefined))
      .on('message', (bytes) => {
        const answer = decode(bytes);
        if (answer !== undefined) finish(answer);
      })
      // From a connected socket nobody else's answer is read.
      .bind({ address: from, port: 0 }, () =>
        // Types leave it out, but a system that has no way there says so here, and a socket that is not connected throws at the first packet.
        socket.connect(to.port, to.host, (error?: Error) => {
          if (error) finish(undefined);
          else if (!isOver) send(0);
        }),
      );
  });
}
