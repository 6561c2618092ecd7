import type { CommandName, EventName, QueryName } from '../contract/api.ts';
import { MAX_LIST_BYTES } from '../contract/lists.ts';

/**
 * How a command talks to the running peer: JSON lines over a local socket. The first line of a client is its token; then requests, each
 * answered by one line with the same id, in any order. Events come between answers once they were asked for.
 */
export type ControlHello = { readonly token: string };
export type ControlRequest =
  | { readonly id: number; readonly kind: 'command'; readonly name: CommandName; readonly input: unknown }
  | { readonly id: number; readonly kind: 'query'; readonly name: QueryName; readonly input: unknown }
  | { readonly id: number; readonly kind: 'on' | 'off'; readonly name: EventName }
  | { readonly id: number; readonly kind: 'stop' | 'web' };
export type ControlEvent = { readonly event: EventName; readonly data: unknown };

/** What DIR/control.json says: where to connect, and whose socket it is. */
export type ControlInfo = { readonly pid: number; readonly path: string };
export const CONTROL_FILE = 'control.json';
export const TOKEN_FILE = 'token';

/** The longest request: a list of files to import, each of whose bytes JSON may escape into two, and what stands around it. */
export const MAX_REQUEST_BYTES = 2 * MAX_LIST_BYTES + 256 * 1024;
/** What somebody may send before the token is known to be right: it, and the beginning of the request after it. */
export const MAX_UNKNOWN_BYTES = 256 * 1024;
/** The longest answer: a page of 10,000 shared files with long paths. */
export const MAX_ANSWER_BYTES = 64 * 2 ** 20;
/** A reader that leaves this much unread is cut off: it must not fill the peer's memory. */
export const MAX_WAITING_BYTES = 16 * 2 ** 20;
/** Connections at once: a person's terminals and a few scripts. */
export const MAX_CONNECTIONS = 64;
/** Requests of one connection that may run at once. */
export const MAX_RUNNING_REQUESTS = 64;
/** The token comes within this, or the connection ends. */
export const TOKEN_TIMEOUT_MS = 5000;

/** The names of this protocol are Unix socket paths or pipe names; a socket's path must fit in 104 bytes on some systems. */
export const MAX_SOCKET_PATH_BYTES = 100;
