import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { PROTOCOL_VERSION } from '../../engine/wire/version.ts';

/** Answers on a socket that node:http does not look after, and closes it. */
export function plainAnswer(socket: Duplex, status: string, headers: Readonly<Record<string, string>> = {}): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const all = { ...headers, Connection: 'close', 'Content-Length': '0', 'Shoal-Protocol': PROTOCOL_VERSION };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n`, () => socket.destroy());
}
