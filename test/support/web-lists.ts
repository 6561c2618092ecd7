import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { encodeAttribute } from '../../src-main/engine/wire/xml.ts';
import { temporaryFolder } from './temporary-folder.ts';

export type ListedFile = {
  readonly urls: readonly string[];
  readonly bytes: Uint8Array;
  readonly name: string;
  /** Our ContentHash, if the list is to tell it. */
  readonly hash?: string;
  /** As the list has it; default: that of the bytes. */
  readonly size?: number;
  readonly pieceBytes?: number | undefined;
};

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A list as a distribution publishes it. */
function toFileElement({ urls, hash, bytes, size = bytes.length, pieceBytes, name }: ListedFile): string {
  const pieces: string[] = [];
  for (let at = 0; pieceBytes !== undefined && at < bytes.length; at += pieceBytes) {
    pieces.push(`<hash>${sha256(bytes.subarray(at, at + pieceBytes))}</hash>`);
  }
  const ours = hash === undefined ? '' : `<hash type="tree:sha256">${hash}</hash>`;
  const parts = pieces.length > 0 ? `<pieces type="sha-256" length="${pieceBytes}">${pieces.join('')}</pieces>` : '';
  const whole = `<size>${size}</size><hash type="sha-256">${sha256(bytes)}</hash>`;
  const web = urls.map((url) => `<url>${url}</url>`).join('');
  return `<file${encodeAttribute('name', name)}>${whole}${ours}${parts}${web}</file>`;
}

/** Path of a Metalink that names these files. */
export async function writeWebList(...files: readonly ListedFile[]): Promise<string> {
  const path = join(await temporaryFolder(), 'list.meta4');
  const xml = `<metalink xmlns="urn:ietf:params:xml:ns:metalink">${files.map(toFileElement).join('')}</metalink>`;
  await writeFile(path, xml);
  return path;
}

/** The URL of a server that answers each request as it likes, byte by byte, until the test ends. */
export async function startRawServer(
  answer: (head: string, socket: Socket) => void,
  host = '127.0.0.1',
): Promise<string> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined));
    socket.on('data', (bytes) => answer(bytes.toString('latin1'), socket));
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return `http://${host}:${typeof address === 'object' && address ? address.port : 0}/f`;
}

/** First and last byte that a request asks for. */
export const rangeOf = (head: string): readonly number[] =>
  /bytes=(\d+)-(\d+)/.exec(head)?.slice(1).map(Number) ?? [0, 0];
