import { basename } from 'node:path';
import { Notification, shell } from 'electron';
import type { EngineApi, EventName, Events } from '../contract/api.ts';
import type { AppError, ErrorCode } from '../contract/errors.ts';
import { fill, type Texts } from './texts/texts-for.ts';

type Deps = {
  readonly api: EngineApi;
  readonly texts: () => Texts;
  readonly onShow: () => void;
  readonly onTrouble: (error: unknown) => void;
};
type Note = { readonly title: string; readonly body: string; readonly onClick: () => void };
/** What is told of an event, if anything. */
type Tellers = { readonly [N in EventName]?: (event: Events[N]) => Note | undefined | Promise<Note | undefined> };

/** A download that stops with one of these reasons needs its user: why, in his language. */
const WAITS = {
  'download.disguised': 'disguised',
  'disk.full': 'diskFull',
  'disk.read-only': 'diskReadOnly',
  'disk.missing': 'diskMissing',
  'disk.failed': 'diskFailed',
  'disk.denied': 'diskDenied',
} as const satisfies Record<WaitReason, keyof Texts>;
type WaitReason = Extract<ErrorCode, `disk.${string}` | 'download.disguised'>;
const needsUser = (reason: ErrorCode): reason is WaitReason => Object.hasOwn(WAITS, reason);
/** Downloads of which it is remembered what was told. */
const MAX_TOLD = 1000;

/** An unclicked notification is kept, or it would forget what a click does. */
const MAX_KEPT = 50;

/** Tells of what happened while nobody looked. */
export class Notifications {
  readonly #deps: Deps;
  readonly #kept = new Set<Notification>();
  /** Downloads that wait for their disk or their user, each told of once. */
  readonly #told = new Set<string>();
  #off: readonly (() => void)[] = [];

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  start(): void {
    const tellers = this.#tellers();
    const listen = <N extends EventName>(name: N) =>
      this.#deps.api.on(name, (event) => void this.#tell(tellers[name]?.(event)));
    this.#off = (Object.keys(tellers) as EventName[]).map((name) => listen(name));
  }

  /** Idempotent. */
  stop(): void {
    for (const off of this.#off) off();
    this.#kept.clear();
  }

  /** A link that the system gave could not be used. */
  linkFailed(error: AppError): void {
    this.#show({ title: this.#deps.texts().linkFailed, body: error.message, onClick: this.#deps.onShow });
  }

  #tellers(): Tellers {
    const { api, texts, onShow } = this.#deps;
    return {
      'download.done': ({ path }) => ({
        title: texts().downloadDone,
        body: basename(path),
        onClick: () => shell.showItemInFolder(path),
      }),
      'download.failed': async ({ id, code }) => {
        this.#told.delete(id);
        if (code === 'download.cancelled') return undefined;
        const download = (await api.query('downloads', {})).find((one) => one.id === id);
        return {
          title: texts().downloadFailed,
          body: this.#why(download?.name ?? id, code, download?.path),
          onClick: onShow,
        };
      },
      'download.progress': ({ id, name, path, reason }) => {
        if (reason === null || !needsUser(reason)) {
          this.#told.delete(id);
          return undefined;
        }
        if (this.#told.has(id) || this.#told.size >= MAX_TOLD) return undefined;
        this.#told.add(id);
        const title = reason === 'download.disguised' ? texts().downloadAsks : texts().downloadWaits;
        return { title, body: this.#why(name, reason, path), onClick: onShow };
      },
      'saved.found': ({ words, names }) => ({
        title: fill(texts().savedFound, { words }),
        body: names.join('\n'),
        onClick: onShow,
      }),
    };
  }

  #why(name: string, code: ErrorCode, path = name): string {
    const texts = this.#deps.texts();
    return `${name}: ${fill(texts[needsUser(code) ? WAITS[code] : 'failedInside'], { path, code })}`;
  }

  async #tell(note: ReturnType<NonNullable<Tellers[EventName]>>): Promise<void> {
    try {
      const told = await note;
      if (told) this.#show(told);
    } catch (error) {
      this.#deps.onTrouble(error);
    }
  }

  #show({ title, body, onClick }: Note): void {
    if (!Notification.isSupported()) return;
    const notification = new Notification({ title, body });
    notification.on('click', () => {
      this.#kept.delete(notification);
      onClick();
    });
    notification.on('close', () => this.#kept.delete(notification));
    this.#kept.add(notification);
    const [oldest] = this.#kept;
    if (oldest && this.#kept.size > MAX_KEPT) this.#kept.delete(oldest);
    notification.show();
  }
}
