import { createSocket } from 'node:dgram';
import { BlockList } from 'node:net';
import type { OwnNetwork } from './own-routers.ts';
import { decodeSearchAnswer, encodeSearches, SSDP_GROUP } from './ssdp-messages.ts';

/** Answers are asked for within a second; sent twice, for it is UDP. */
const WAIT_MS = 2500;
const AGAIN_MS = 500;
/** A home has one router, or a few. */
const MAX_FOUND = 4;

/** Where UPnP routers of a network describe themselves. Only machines of the network are listened to. Never rejects. */
export function searchRouters({ own, prefix }: OwnNetwork, signal: AbortSignal): Promise<readonly URL[]> {
  const network = new BlockList();
  network.addSubnet(own, prefix);
  const found = new Map<string, URL>();
  return new Promise((resolve) => {
    const socket = createSocket('udp4');
    const timers: NodeJS.Timeout[] = [];
    let isOver = false;
    const finish = () => {
      if (isOver) return;
      isOver = true;
      for (const timer of timers) clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      socket.close();
      resolve([...found.values()]);
    };
    if (signal.aborted) return finish();
    signal.addEventListener('abort', finish, { once: true });
    const send = () => {
      for (const message of encodeSearches())
        socket.send(message, SSDP_GROUP.port, SSDP_GROUP.host, (error) => error && finish());
    };
    socket
      .on('error', finish)
      .on('message', (bytes, { address }) => {
        const location = network.check(address) ? decodeSearchAnswer(bytes, address) : undefined;
        if (location && found.size < MAX_FOUND) found.set(location.href, location);
      })
      .bind({ address: own, port: 0 }, () => {
        if (isOver) return;
        try {
          socket.setMulticastInterface(own);
          socket.setMulticastTTL(2);
        } catch {
          // A system refuses these for interfaces that went away or do no multicast.
          return finish();
        }
        send();
        timers.push(setTimeout(send, AGAIN_MS), setTimeout(finish, WAIT_MS));
      });
  });
}
