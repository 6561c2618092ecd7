import { vi } from 'vitest';
import type { FaceAnswer, FaceEvents, FaceRequest } from '../../src-main/contract/requests.ts';

/** The peer's side of a page's connection, spoken by the test: what it answers, when it opens and when it breaks. */
export class ScriptedSocket extends EventTarget {
  static readonly OPEN = 1;
  /** All that the page opened, oldest first. */
  static opened: ScriptedSocket[] = [];

  readonly url: string;
  readonly protocols: readonly string[];
  readonly heard: FaceRequest[] = [];
  readyState = 0;

  constructor(url: string, protocols: readonly string[] = []) {
    super();
    this.url = url;
    this.protocols = protocols;
    ScriptedSocket.opened.push(this);
  }

  send(text: string): void {
    this.heard.push(JSON.parse(text));
  }
  open(): void {
    this.readyState = ScriptedSocket.OPEN;
    this.dispatchEvent(new Event('open'));
  }
  say(message: FaceAnswer | FaceEvents): void {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }));
  }
  break(): void {
    this.readyState = 3;
    this.dispatchEvent(new Event('close'));
  }
}

/** What a browser gets for its token. */
export const PAGE_KEY = 'cd'.repeat(32);

/** What `/session` answers to each kind of request; undefined is a peer that does not run. */
export type SessionAnswers = { GET: 204 | 403 | undefined; POST: 204 | 403 | undefined };

/** Puts the scripted peer in the place of the browser's network; `asked` keeps what came to `/session`, `keys` with which keys. */
export function scriptNetwork(answers: SessionAnswers) {
  ScriptedSocket.opened = [];
  const asked: { readonly method: string; readonly body: unknown }[] = [];
  const keys: string[] = [];
  vi.stubGlobal('WebSocket', ScriptedSocket);
  vi.stubGlobal('fetch', async (_url: string, { method = 'GET', body, headers }: RequestInit = {}) => {
    keys.push(new Headers(headers).get('shoal-key') ?? '');
    asked.push({ method, body: body === undefined ? undefined : JSON.parse(String(body)) });
    const status = answers[method as keyof SessionAnswers];
    if (status === undefined) throw new TypeError('refused');
    return { status, headers: new Headers(method === 'POST' && status === 204 ? { 'Shoal-Key': PAGE_KEY } : {}) };
  });
  return { asked, answers, keys };
}
