import type { z } from 'zod';
import type { AppError } from '../../contract/errors.ts';
import type { Headers, OutgoingResponse } from '../ports/index.ts';

/** JSON answers between peers, and the one shape of their errors: `{ok: false, error: {code, params}}`. */
const JSON_TYPE = { 'content-type': 'application/json' };

export function jsonAnswer(value: unknown): OutgoingResponse {
  return { status: 200, headers: JSON_TYPE, body: new TextEncoder().encode(JSON.stringify(value)) };
}

export function errorAnswer(status: number, error: AppError, headers: Headers = {}): OutgoingResponse {
  const body = new TextEncoder().encode(JSON.stringify({ ok: false, error: error.toValue() }));
  return { status, headers: { ...JSON_TYPE, ...headers }, body };
}

/** What a peer answered, checked; undefined when it is not what `schema` says. */
export function readJson<T>(schema: z.ZodType<T>, body: Uint8Array): T | undefined {
  try {
    return schema.safeParse(JSON.parse(new TextDecoder().decode(body))).data;
  } catch {
    // Bad JSON is the other side's fault; the caller says so.
    return undefined;
  }
}
