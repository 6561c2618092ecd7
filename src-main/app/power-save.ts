import { powerSaveBlocker } from 'electron';

/** Keeps the machine awake while something is transferred; its display may sleep. */
export class PowerSave {
  #blocker: number | undefined;

  set(isTransferring: boolean): void {
    if (isTransferring) this.#blocker ??= powerSaveBlocker.start('prevent-app-suspension');
    else this.stop();
  }

  /** Idempotent. */
  stop(): void {
    if (this.#blocker !== undefined) powerSaveBlocker.stop(this.#blocker);
    this.#blocker = undefined;
  }
}
