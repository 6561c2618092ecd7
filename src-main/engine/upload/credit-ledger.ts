import { toAppError } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import { addWithin } from '../add-within.ts';
import type { Clock, Logger, Timer } from '../ports/index.ts';
import type { CreditStore, StoredCredit } from '../store/credit-store.ts';
import { type CreditTerms, type Exchanged, HALF_LIFE_MS, NO_CREDIT, toCredit, toDecayed } from './credit.ts';

type Deps = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: Pick<CreditStore, 'load' | 'save'>;
};
/** Amounts as they were at a time of the ledger. */
type Entry = Exchanged & { readonly atMs: number };

/** A crash costs what was exchanged in this time; each second would keep a disk awake. */
const SAVE_EVERY_MS = 30_000;
/** Rows of one transaction: a page of statements that costs the event loop nothing. */
const SAVE_ROWS = 500;
/** Peers remembered: 2 MB. Above it those go first that gave least. */
const MAX_PEERS = 10_000;
/** Changes that wait to be written: whoever comes under ever new names, and a disk that takes nothing, must not fill memory. */
const MAX_UNSAVED = 2 * MAX_PEERS;
/** What is forgotten at once, so that the order is worked out seldom. */
const FORGOTTEN_AT_ONCE = MAX_PEERS / 10;
/** Less than this of both, and the row says nothing any more. */
const LEAST_BYTES = 64 * 1024;
/** The wall clock counts for at most this between two runs: one that is set forward by years must not cost every peer its credit. */
const MAX_AWAY_MS = HALF_LIFE_MS;

/**
 * What this peer received, verified, from each other one, and gave to it: what nobody can claim. Its time is the monotonic one, and between two
 * runs the wall clock's, as far as that goes forward.
 */
export class CreditLedger {
  readonly #deps: Deps;
  readonly #entries = new Map<NodeId, Entry>();
  readonly #unsaved = new Set<NodeId>();
  /** The ledger's time when the monotonic clock was 0. */
  #offsetMs: number;
  #timer: Timer | undefined;
  #saving: Promise<void> = Promise.resolve();
  #isRunning = false;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#offsetMs = -deps.clock.monotonicMs();
  }

  async start(): Promise<void> {
    const { store, clock } = this.#deps;
    const { atMs, wallMs, peers } = await store.load();
    const awayMs = Math.min(Math.max(clock.wallMs() - wallMs, 0), MAX_AWAY_MS);
    this.#offsetMs = atMs + awayMs - clock.monotonicMs();
    for (const { node, received, sent, atMs: at } of peers) {
      this.#entries.set(node, { received, sent, atMs: Math.min(at, atMs) });
    }
    this.#isRunning = true;
  }

  /** Writes what changed. Idempotent. */
  async stop(): Promise<void> {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    this.#timer?.cancel();
    this.#timer = undefined;
    const batches = Math.ceil(this.#unsaved.size / SAVE_ROWS);
    for (let batch = 0; batch < batches; batch++) await this.#save();
    await this.#saving;
  }

  /** Verified bytes came from a peer. */
  received(node: NodeId, bytes: number): void {
    this.#add(node, { received: bytes, sent: 0 });
  }

  /** Bytes for a peer were handed to the system. */
  sent(node: NodeId, bytes: number): void {
    this.#add(node, { received: 0, sent: bytes });
  }

  terms(node: NodeId): CreditTerms {
    const entry = this.#entries.get(node);
    if (!entry) return NO_CREDIT;
    const now = toDecayed(entry, this.#nowMs() - entry.atMs);
    return { ...now, credit: toCredit(now) };
  }

  #nowMs(): number {
    return this.#deps.clock.monotonicMs() + this.#offsetMs;
  }

  #add(node: NodeId, more: Exchanged): void {
    const { received, sent } = this.terms(node);
    const entry = { received: received + more.received, sent: sent + more.sent, atMs: this.#nowMs() };
    this.#entries.set(node, entry);
    this.#changed(node);
    if (this.#entries.size > MAX_PEERS) this.#forgetLeast(node);
    this.#watch();
  }

  /** Those who gave least go first, among them who took least: an invented name gains no more than a new one has. */
  #forgetLeast(except: NodeId): void {
    const nodes = [...this.#entries.keys()].filter((node) => node !== except);
    const worth = new Map(nodes.map((node) => [node, this.terms(node)]));
    const byWorth = (a: Exchanged, b: Exchanged) => a.received - b.received || a.sent - b.sent;
    nodes.sort((a, b) => byWorth(worth.get(a) ?? NO_CREDIT, worth.get(b) ?? NO_CREDIT));
    for (const node of nodes.slice(0, FORGOTTEN_AT_ONCE)) {
      this.#entries.delete(node);
      this.#changed(node);
    }
  }

  #changed(node: NodeId): void {
    addWithin(this.#unsaved, node, MAX_UNSAVED);
  }

  #watch(): void {
    if (!this.#isRunning || this.#unsaved.size === 0) return;
    this.#timer ??= this.#deps.clock.setTimer(SAVE_EVERY_MS, () => {
      this.#timer = undefined;
      void this.#save();
    });
  }

  #save(): Promise<void> {
    this.#saving = this.#saving.then(() => this.#write([...this.#unsaved].slice(0, SAVE_ROWS)));
    return this.#saving;
  }

  async #write(nodes: readonly NodeId[]): Promise<void> {
    const { store, clock, logger } = this.#deps;
    const changed: StoredCredit[] = [];
    const removed: NodeId[] = [];
    for (const node of nodes) {
      this.#unsaved.delete(node);
      const { received, sent } = this.terms(node);
      if (received + sent >= LEAST_BYTES) changed.push({ node, received, sent, atMs: this.#nowMs() });
      else removed.push(node);
    }
    try {
      await store.save({ atMs: this.#nowMs(), wallMs: clock.wallMs(), changed, removed });
    } catch (thrown) {
      // Written with the next ones: a disk that takes nothing now is no reason to forget who gave.
      for (const node of nodes) this.#changed(node);
      logger.debug('credit is not recorded', { why: toAppError(thrown).message });
    }
    this.#watch();
  }
}
