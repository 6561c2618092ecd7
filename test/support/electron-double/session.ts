import { EventEmitter } from 'node:events';
import { app } from './app.ts';

type Handler = (request: Request) => Response | Promise<Response>;
type BeforeRequest = (
  details: { readonly url: string },
  answer: (response: { readonly cancel?: boolean }) => void,
) => void;

const schemes = new Set<string>();

/** Electron's `protocol`, before it is ready. */
export const protocol = {
  registerSchemesAsPrivileged(list: readonly { readonly scheme: string }[]): void {
    app.mustComeBeforeReady('protocol.registerSchemesAsPrivileged()');
    for (const { scheme } of list) schemes.add(scheme);
  },
};

class Session extends EventEmitter {
  readonly #handlers = new Map<string, Handler>();
  #beforeRequest: BeforeRequest | undefined;
  /** What was set, by the setter's name. */
  readonly rules: Record<string, unknown> = {};

  readonly protocol = {
    handle: (scheme: string, handler: Handler): void => {
      if (!schemes.has(scheme)) throw new Error(`${scheme} was not registered`);
      this.#handlers.set(scheme, handler);
    },
  };
  readonly webRequest = {
    onBeforeRequest: (listener: BeforeRequest): void => {
      this.#beforeRequest = listener;
    },
  };

  setPermissionRequestHandler(handler: unknown): void {
    this.rules.permissionRequest = handler;
  }
  setPermissionCheckHandler(handler: unknown): void {
    this.rules.permissionCheck = handler;
  }
  setDevicePermissionHandler(handler: unknown): void {
    this.rules.devicePermission = handler;
  }

  /** As the shell itself asks. */
  async fetch(url: string, { headers = {} }: { readonly headers?: Record<string, string> } = {}): Promise<Response> {
    const answer = await this.answer(url, headers);
    if (!answer) throw new Error(`nobody answers for ${url}`);
    return answer;
  }

  /** The answer to a request of a page; undefined when it is cancelled or nobody answers. */
  async answer(url: string, headers: Record<string, string> = {}): Promise<Response | undefined> {
    const { promise, resolve } = Promise.withResolvers<{ readonly cancel?: boolean }>();
    if (this.#beforeRequest) this.#beforeRequest({ url }, resolve);
    else resolve({});
    if ((await promise).cancel) return undefined;
    return this.#handlers.get(new URL(url).protocol.slice(0, -1))?.(new Request(url, { headers }));
  }
}

export const session = { defaultSession: new Session() };
