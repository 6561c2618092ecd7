import { readonly, ref } from 'vue';
import { AppError, type ErrorValue, isErrorCode, toAppError } from '#contract/errors.ts';
import type { FaceAnswer, FaceEvents, FaceRequest } from '#contract/requests.ts';
import { CallBook } from './call-book.ts';
import type { Connection, PageApi, PageShell } from './page-api.ts';
import { mediaPath } from './web-api.ts';

/** Put there by the preload script; absent in a browser. */
export type Bridge = {
  readonly version: string;
  readonly shell: PageShell;
  request(request: FaceRequest): Promise<FaceAnswer>;
  onEvents(listener: (events: FaceEvents) => void): () => void;
};

/** Where the window's previews come from: a scheme that reaches nothing else. */
const MEDIA_ORIGIN = 'shoal-media://app';

/** The peer in the process that this window belongs to. */
export function openWindowApi(bridge: Bridge): PageApi {
  const book = new CallBook();
  const send = (request: FaceRequest): void => {
    void bridge.request(request).then((answer) => book.take(answer));
  };
  const listenTo = (name: FaceRequest['name'] & string, kind: 'on' | 'off'): void => {
    void book.call({ kind, name } as never, send).catch(() => undefined);
  };
  bridge.onEvents((events) => book.take(events));
  return {
    kind: 'window',
    connection: readonly(ref<Connection>('open')),
    shell: withAppErrors(bridge.shell),
    command: (name, input) => book.call({ kind: 'command', name, input }, send) as never,
    query: (name, input) => book.call({ kind: 'query', name, input }, send) as never,
    on(name, listener) {
      const generic = listener as (events: readonly unknown[]) => void;
      if (book.listen(name, generic)) listenTo(name, 'on');
      return () => {
        if (book.unlisten(name, generic)) listenTo(name, 'off');
      };
    },
    mediaUrl: (request) => `${MEDIA_ORIGIN}${mediaPath(request)}`,
  };
}

/** What crosses the preload's border are plain values. */
function withAppErrors(shell: PageShell): PageShell {
  const call = <T>(answer: Promise<T>): Promise<T> =>
    answer.catch((thrown: unknown) => {
      throw isErrorValue(thrown) ? new AppError(thrown.code, thrown.params) : toAppError(thrown);
    });
  return {
    platform: shell.platform,
    chooseFolder: () => call(shell.chooseFolder()),
    pathOfDropped: (file) => shell.pathOfDropped(file),
    openFile: (target) => call(shell.openFile(target)),
    reveal: (target) => call(shell.reveal(target)),
    startDrag: (target) => call(shell.startDrag(target)),
  };
}

const isErrorValue = (thrown: unknown): thrown is ErrorValue =>
  typeof thrown === 'object' && thrown !== null && 'code' in thrown && isErrorCode(String(thrown.code));
