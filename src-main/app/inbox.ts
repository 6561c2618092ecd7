import { app } from 'electron';
import type { StartedWith } from './single-instance.ts';

/** What may wait while the application starts. */
const MAX_WAITING = 100;

/** What the system and other instances hand over; kept until somebody takes it. */
export class Inbox {
  readonly #waiting: StartedWith[] = [];
  #take: ((given: StartedWith) => void) | undefined;

  /** Before the application is ready: macOS hands over links and files before. */
  start(): void {
    const give = (event: { preventDefault(): void }, word: string) => {
      event.preventDefault();
      this.add({ words: [word], workingFolder: '/' });
    };
    app.on('open-url', give);
    app.on('open-file', give);
  }

  add(given: StartedWith): void {
    if (this.#take) this.#take(given);
    else if (this.#waiting.length < MAX_WAITING) this.#waiting.push(given);
  }

  /** Gives everything to `take` from now on. */
  open(take: (given: StartedWith) => void): void {
    this.#take = take;
    for (const given of this.#waiting.splice(0)) take(given);
  }
}
