import { app } from 'electron';

type Deps = {
  /** Stops everything and writes what must be kept. */
  readonly finish: () => Promise<void>;
  readonly onTrouble: (error: unknown) => void;
};

/** The system and a terminal may ask twice for the same thing; a second wish of the user comes later. */
const SAME_WISH_MS = 500;

/** Ends the application: everything is finished first, once; who asks again meanwhile means now. */
export class Quit {
  readonly #deps: Deps;
  #askedMs: number | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  get isUnderWay(): boolean {
    return this.#askedMs !== undefined;
  }

  start(): void {
    app.on('before-quit', (event) => {
      event.preventDefault();
      this.#ask(performance.now());
    });
  }

  #ask(nowMs: number): void {
    if (this.#askedMs === undefined) {
      this.#askedMs = nowMs;
      void this.#end();
    } else if (nowMs - this.#askedMs > SAME_WISH_MS) {
      app.exit(1);
    }
  }

  async #end(): Promise<void> {
    try {
      await this.#deps.finish();
      app.exit(0);
    } catch (error) {
      this.#deps.onTrouble(error);
      app.exit(1);
    }
  }
}
