import { readonly, ref, shallowRef } from 'vue';
import type { EventName } from '#contract/api.ts';
import { AppError } from '#contract/errors.ts';
import type { MediaRequest } from '#contract/media.ts';
import type { FaceRequest } from '#contract/requests.ts';
import { CallBook, type WithoutId } from './call-book.ts';
import type { Connection, PageApi } from './page-api.ts';

const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;
const KEY_HEADER = 'Shoal-Key';
const TOKEN = /^#token=([0-9a-f]{64})$/;

/** The peer behind a WebSocket of the page's own origin; connects again by itself. */
export function openWebApi(): PageApi {
  const connection = ref<Connection>('connecting');
  const book = new CallBook();
  const socket = shallowRef<WebSocket>();
  /** Asked before the first connection. */
  const unsent: FaceRequest[] = [];
  let retryMs = FIRST_RETRY_MS;
  /** Of the address, for the next connection. */
  let token = takeToken(location.href);
  let isConnecting = false;

  const send = (request: FaceRequest): void => {
    if (socket.value?.readyState === WebSocket.OPEN) socket.value.send(JSON.stringify(request));
    else unsent.push(request);
  };
  /** Whatever is asked while nobody can answer fails at once: a command that ran minutes later would surprise. */
  const ask = (request: WithoutId): Promise<unknown> =>
    connection.value === 'connecting' || connection.value === 'open'
      ? book.call(request, send)
      : Promise.reject(unanswered(connection.value));
  const failAll = (state: 'denied' | 'lost'): void => {
    connection.value = state;
    unsent.length = 0;
    book.fail(unanswered(state));
  };
  const listenTo = (name: EventName, kind: 'on' | 'off'): void => {
    // Lost connections are made good by `opened`, which asks for all that is wanted.
    if (socket.value?.readyState === WebSocket.OPEN) void book.call({ kind, name }, send).catch(() => undefined);
  };

  const opened = (): void => {
    connection.value = 'open';
    retryMs = FIRST_RETRY_MS;
    for (const name of book.wanted()) listenTo(name, 'on');
    for (const request of unsent.splice(0)) send(request);
  };
  const lost = (): void => {
    socket.value = undefined;
    failAll('lost');
    setTimeout(() => void connect(), retryMs);
    retryMs = Math.min(2 * retryMs, LAST_RETRY_MS);
  };
  const connect = async (): Promise<void> => {
    const given = token;
    token = undefined;
    isConnecting = true;
    const allowed = await askSession(given);
    isConnecting = false;
    if (allowed === 'denied') {
      failAll('denied');
      if (token) void connect();
    } else if (allowed === 'lost') {
      // It was not used up.
      token ??= given;
      lost();
    } else {
      const next = new WebSocket(`${location.origin.replace('http', 'ws')}/api`, ['shoal', readKey() ?? '0']);
      socket.value = next;
      next.addEventListener('open', opened);
      next.addEventListener('message', ({ data }) => book.take(JSON.parse(String(data))));
      next.addEventListener('close', lost, { once: true });
    }
  };
  void connect();
  // A new address of the same peer differs by its fragment only: the browser loads nothing, and the router takes it for the name of a page.
  addEventListener('hashchange', ({ newURL }) => {
    token = takeToken(newURL) ?? token;
    if (token && connection.value === 'denied' && !isConnecting && !socket.value) void connect();
  });

  return {
    kind: 'web',
    connection: readonly(connection),
    shell: null,
    command: (name, input) => ask({ kind: 'command', name, input }) as never,
    query: (name, input) => ask({ kind: 'query', name, input }) as never,
    on(name, listener) {
      const generic = listener as (events: readonly unknown[]) => void;
      if (book.listen(name, generic)) listenTo(name, 'on');
      return () => {
        if (book.unlisten(name, generic)) listenTo(name, 'off');
      };
    },
    mediaUrl: (request) => mediaPath(request),
  };
}

const unanswered = (state: 'denied' | 'lost'): AppError =>
  state === 'denied' ? new AppError('web.denied') : new AppError('control.closed', { path: location.origin });

/** The token that an address carries, which then stands in the address of the page no longer. */
function takeToken(address: string): string | undefined {
  if (TOKEN.test(location.hash)) history.replaceState(history.state, '', location.pathname);
  return TOKEN.exec(new URL(address).hash)?.[1];
}

/** Beside the cookie, which the browser sends to every port of this host, the peer wants a key that only pages of this very origin can read. */
const KEY_PLACE = 'shoal.page-key';
const readKey = (): string | null => localStorage.getItem(KEY_PLACE);

/** Exchanges a token for a cookie and a key, or asks whether those that are kept are good. */
async function askSession(token: string | undefined): Promise<'known' | 'denied' | 'lost'> {
  try {
    const kept = { headers: { [KEY_HEADER]: readKey() ?? '' } };
    const request = token
      ? { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ token }) }
      : kept;
    const { status, headers } = await fetch('/session', request);
    const key = headers.get(KEY_HEADER);
    if (key) localStorage.setItem(KEY_PLACE, key);
    if (status === 204) return 'known';
    // A used token in the address of a browser that is known already.
    if (token && (await fetch('/session', kept)).status === 204) return 'known';
    return status === 403 ? 'denied' : 'lost';
  } catch {
    // The peer does not run, or is just starting.
    return 'lost';
  }
}

/** The same in both faces. */
export function mediaPath(request: MediaRequest): string {
  if (request.kind === 'download') return `/media/download/${request.id}`;
  return `/media/shared/${request.hash}${request.size === undefined ? '' : `?size=${request.size}`}`;
}
