import { z } from 'zod';
import { COMMANDS, EVENT_NAMES, type EventName, QUERIES } from './api.ts';
import type { ErrorValue } from './errors.ts';

/** How a face in another process asks: one message each, answered by one with the same id, in any order; events come in between. */
const keysOf = <T extends object>(map: T) => Object.keys(map) as [keyof T & string, ...(keyof T & string)[]];
export const requestIdSchema = z.int().min(0);

export const commandRequestSchema = z.object({
  id: requestIdSchema,
  kind: z.literal('command'),
  name: z.enum(keysOf(COMMANDS)),
  input: z.unknown(),
});
export const queryRequestSchema = z.object({
  id: requestIdSchema,
  kind: z.literal('query'),
  name: z.enum(keysOf(QUERIES)),
  input: z.unknown(),
});
/** Begins or ends the sending of such events. */
export const listenRequestSchema = z.object({
  id: requestIdSchema,
  kind: z.enum(['on', 'off']),
  name: z.enum(EVENT_NAMES),
});
export type ListenRequest = z.infer<typeof listenRequestSchema>;
export type CallRequest = z.infer<typeof commandRequestSchema> | z.infer<typeof queryRequestSchema>;

export const requestSchema = z.discriminatedUnion('kind', [
  commandRequestSchema,
  queryRequestSchema,
  listenRequestSchema,
]);
export type FaceRequest = z.infer<typeof requestSchema>;

/** `id` is null for what concerns the connection itself: a request that could not be read, a token that was refused. */
export type FaceAnswer =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number | null; readonly ok: false; readonly error: ErrorValue };

export type NamedEvent = { readonly name: EventName; readonly data: unknown };
/** Events for a page: those of a fifth of a second together. */
export type FaceEvents = { readonly events: readonly NamedEvent[] };
