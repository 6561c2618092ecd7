import type { Duplex } from 'node:stream';
import { PROTOCOL_VERSION } from '../../engine/wire/version.ts';

/**
 * RFC 9110, section 15, and RFC 6585. Not STATUS_CODES of node:http: importing that module by its ES interface reads all its exports, one
 * of which loads Node's whole fetch (3 MiB).
 */
const REASONS = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
} as const;
export type PlainStatus = keyof typeof REASONS;

/** Answers on a socket that node:http does not look after, and closes it. */
export function plainAnswer(socket: Duplex, status: PlainStatus): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const all = { Connection: 'close', 'Content-Length': '0', 'Shoal-Protocol': PROTOCOL_VERSION };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${REASONS[status]}\r\n${lines.join('')}\r\n`, () => socket.destroy());
}
