import { type IpcMainInvokeEvent, ipcMain, type WebContents } from 'electron';
import type { EngineApi } from '../contract/api.ts';
import { AppError } from '../contract/errors.ts';
import { parseValue } from '../contract/parse-value.ts';
import type { FaceAnswer } from '../contract/requests.ts';
import { SHELL_CALLS, type ShellHandlers, shellRequestSchema } from '../contract/shell.ts';
import type { Logger } from '../engine/ports/index.ts';
import { answerWith, invalidInput } from '../face/answer-request.ts';
import { FaceSession } from '../face/face-session.ts';
import { CHANNELS } from '../preload/channels.ts';
import { isPageUrl } from './page-address.ts';

type Deps = {
  readonly api: EngineApi;
  readonly logger: Logger;
  readonly shell: (sender: WebContents) => ShellHandlers;
};

/** The face of Electron's windows: requests of their pages are answered, events sent in batches. Only our page, in the main frame, is heard. */
export class PageChannel {
  readonly #deps: Deps;
  readonly #sessions = new Map<WebContents, FaceSession>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  start(): void {
    ipcMain.handle(CHANNELS.request, (event, message: unknown) => this.#answer(event, message));
    ipcMain.handle(CHANNELS.shell, (event, message: unknown) => this.#callShell(event, message));
  }

  /** Hears this page from now on; a page that is loaded anew has asked for nothing yet. */
  attach(contents: WebContents): void {
    this.#open(contents);
    contents.on('did-start-navigation', ({ isMainFrame, isSameDocument }) => {
      if (isMainFrame && !isSameDocument) this.#open(contents);
    });
    contents.once('destroyed', () => this.#close(contents));
  }

  /** Idempotent. */
  stop(): void {
    for (const name of [CHANNELS.request, CHANNELS.shell]) ipcMain.removeHandler(name);
    for (const contents of [...this.#sessions.keys()]) this.#close(contents);
  }

  #open(contents: WebContents): void {
    this.#close(contents);
    const send = (message: unknown) => {
      if (!contents.isDestroyed()) contents.send(CHANNELS.events, message);
    };
    const { api, logger } = this.#deps;
    this.#sessions.set(contents, new FaceSession({ api, logger, send }));
  }

  #close(contents: WebContents): void {
    this.#sessions.get(contents)?.close();
    this.#sessions.delete(contents);
  }

  async #answer(event: IpcMainInvokeEvent, message: unknown): Promise<FaceAnswer> {
    const session = this.#sessions.get(event.sender);
    return session && isOurPage(event) ? session.answer(message) : refusal(new AppError('web.wrong-origin'));
  }

  async #callShell(event: IpcMainInvokeEvent, message: unknown): Promise<FaceAnswer> {
    if (!this.#sessions.has(event.sender) || !isOurPage(event)) return refusal(new AppError('web.wrong-origin'));
    const request = parseValue(shellRequestSchema, message);
    if (!request.success) return refusal(invalidInput('request', request.error));
    const { name } = request.data;
    const input = parseValue(SHELL_CALLS[name].input, request.data.input);
    if (!input.success) return refusal(invalidInput(name, input.error));
    const handle = this.#deps.shell(event.sender)[name] as (input: unknown) => unknown;
    return answerWith(this.#deps, { id: 0, kind: name }, () => handle(input.data));
  }
}

function isOurPage({ sender, senderFrame }: IpcMainInvokeEvent): boolean {
  return senderFrame !== null && senderFrame === sender.mainFrame && isPageUrl(senderFrame.url);
}

const refusal = (error: AppError): FaceAnswer => ({ id: null, ok: false, error: error.toValue() });
