import { createReadStream, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';

/**
 * A plain HTTP server with one token bucket for all its connections: `limited-server.ts HOST PORT ROOT BYTES_PER_SECOND`.
 * (nginx limits each request by itself, which is not what a line does.)
 */
const [host = '', port = '', root = '', rateText = ''] = process.argv.slice(2);
const rate = Number(rateText);
const PIECE = 32 * 1024;
let freeAtMs = performance.now();

/** Resolves when `bytes` may go; a pause is not saved up for more than 100 ms. */
async function admit(bytes: number): Promise<void> {
  const nowMs = performance.now();
  freeAtMs = Math.max(freeAtMs, nowMs - 100) + (bytes / rate) * 1000;
  if (freeAtMs > nowMs) await new Promise((resolve) => setTimeout(resolve, freeAtMs - nowMs));
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = join(root, decodeURIComponent(request.url ?? ''));
  const { size } = statSync(path);
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const start = range ? Number(range[1]) : 0;
  const end = range?.[2] ? Math.min(Number(range[2]), size - 1) : size - 1;
  const head = { 'accept-ranges': 'bytes', 'content-length': end - start + 1 };
  response.writeHead(range ? 206 : 200, range ? { ...head, 'content-range': `bytes ${start}-${end}/${size}` } : head);
  if (request.method === 'HEAD') return void response.end();
  for await (const piece of createReadStream(path, { start, end, highWaterMark: PIECE })) {
    await admit(piece.length);
    if (response.destroyed) return;
    if (!response.write(piece)) await new Promise((resolve) => response.once('drain', resolve).once('close', resolve));
  }
  response.end();
}

createServer((request, response) => void answer(request, response)).listen(Number(port), host, () =>
  console.log('listening'),
);
