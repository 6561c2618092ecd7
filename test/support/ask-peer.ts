import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import { request } from 'node:https';
import { parseAddress } from '../../src-main/contract/address.ts';

const PATIENCE_MS = 20_000;

export type PeerAnswer = { readonly status: number; readonly body: Buffer; readonly isWhole: boolean };

/** One request to a peer as any HTTP client would make it; without `key` and `cert` as nobody in particular. */
export async function askPeer(
  listen: string,
  path: string,
  { body, ...options }: RequestOptions & { readonly body?: string | Uint8Array } = {},
): Promise<PeerAnswer> {
  const address = parseAddress(listen);
  if (!address) throw new Error(`no address: ${listen}`);
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const asked = request({ ...address, path, agent: false, rejectUnauthorized: false, signal, ...options });
  asked.end(body);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  // A peer that finds out that it must not go on cuts the connection: `isWhole` says so.
  answer.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => undefined);
  asked.on('error', () => undefined);
  if (!answer.closed) await new Promise((resolve) => answer.once('close', resolve));
  return { status: answer.statusCode ?? 0, body: Buffer.concat(chunks), isWhole: answer.complete };
}
