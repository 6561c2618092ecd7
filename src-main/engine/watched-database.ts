import { AppError } from '../contract/errors.ts';
import type { Clock, Database, SqlRow, SqlValue, Statement, Timer } from './ports/index.ts';
import { PROBE } from './store/migrations.ts';
import { DATA_FOLDER, type Troubles } from './troubles.ts';

type Deps = {
  readonly database: Database;
  readonly clock: Clock;
  readonly troubles: Troubles;
  /** Names the data in messages. */
  readonly folder: string;
};

const WHO = 'database';
/** A full disk takes a small write now and then: it has space again when nothing failed for this long. */
const QUIET_MS = 5000;

/** The database of this peer, which tells once that its disk is full or away, for all who write to it. */
export class WatchedDatabase implements Database {
  readonly #deps: Deps;
  #isFailing = false;
  #isClosed = false;
  #calm: Timer | undefined;
  #probe: Timer | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async all<Row = SqlRow>(sql: string, params?: readonly SqlValue[]): Promise<Row[]> {
    return this.#deps.database.all<Row>(sql, params).catch((error: unknown) => this.#failed(error));
  }

  async transact(statements: readonly Statement[]): Promise<readonly number[]> {
    const changed = await this.#deps.database.transact(statements).catch((error: unknown) => this.#failed(error));
    this.#probe?.cancel();
    this.#probe = undefined;
    if (this.#isFailing) this.#calm ??= this.#deps.clock.setTimer(QUIET_MS, () => this.#recovered());
    return changed;
  }

  /** Ends the watch; the database itself stays open, for it is its maker's. */
  async close(): Promise<void> {
    this.#calm?.cancel();
    this.#calm = undefined;
    this.#probe?.cancel();
    this.#probe = undefined;
    this.#isClosed = true;
  }

  #failed(error: unknown): never {
    this.#calm?.cancel();
    this.#calm = undefined;
    if (error instanceof AppError && (error.code.startsWith('disk.') || error.code === 'data.unusable')) {
      this.#isFailing = true;
      this.#deps.troubles.begin(WHO, { ...DATA_FOLDER, folder: this.#deps.folder }, error);
      this.#probeLater();
    }
    throw error;
  }

  /** Whether it is over nobody may find out for long: an idle peer writes nothing. */
  #probeLater(): void {
    if (this.#isClosed) return;
    this.#probe ??= this.#deps.clock.setTimer(QUIET_MS, () => {
      this.#probe = undefined;
      // What failed is told, and tried again.
      void this.transact(PROBE).catch(() => undefined);
    });
  }

  #recovered(): void {
    this.#calm = undefined;
    this.#isFailing = false;
    this.#deps.troubles.end(WHO);
  }
}
