import type { z } from 'zod';
import type { AppError } from '../../contract/errors.ts';
import { parseValue } from '../../contract/parse-value.ts';
import { fromUtf8 } from '../../contract/utf8.ts';
import type { Headers, OutgoingResponse } from '../ports/index.ts';

/** JSON answers between peers, and the one shape of their errors: `{ok: false, error: {code, params}}`. */
export const JSON_TYPE = { 'content-type': 'application/json' };

export function jsonAnswer(value: unknown): OutgoingResponse {
  return { status: 200, headers: JSON_TYPE, body: JSON.stringify(value), decoded: value };
}

export function errorAnswer(status: number, error: AppError, headers: Headers = {}): OutgoingResponse {
  const body = JSON.stringify({ ok: false, error: error.toValue() });
  return { status, headers: { ...JSON_TYPE, ...headers }, body };
}

/** What came, and what it says where the link handed that over. */
type Readable = { readonly body: Uint8Array; readonly decoded?: unknown };

/** What a peer said, checked; undefined when it is not what `schema` says. */
export function readJson<T>(schema: z.ZodType<T>, { body, decoded }: Readable): T | undefined {
  if (decoded !== undefined) return decoded as T;
  try {
    return parseValue(schema, JSON.parse(fromUtf8(body))).data;
  } catch {
    // Bad JSON is the other side's fault; the caller says so.
    return undefined;
  }
}
