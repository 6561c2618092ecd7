import type { NodeId } from '../../src-main/contract/ids.ts';
import type { Settings } from '../../src-main/contract/settings.ts';
import { DEFAULT_SETTINGS } from '../../src-main/contract/settings.ts';
import type { Asker } from '../../src-main/engine/upload/asker.ts';
import { UploadLine } from '../../src-main/engine/upload/upload-line.ts';
import type { Slot } from '../../src-main/engine/upload/upload-slots.ts';
import { SeededRandom } from '../../src-main/simulator/seeded-random.ts';
import { VirtualClock } from '../../src-main/simulator/virtual-clock.ts';
import { hashOf, peer } from './upload-askers.ts';

/** One file that somebody fetches through the line. */
export type Client = {
  readonly asker: Asker;
  readonly arriveMs: number;
  /** Of the file. */
  readonly sizeBytes: number;
  /** What it needs of this peer; the rest it has from others. */
  readonly neededBytes: number;
  readonly rateBps: number;
  readonly credit?: number;
  /** Each range is faster or slower by up to this share. */
  readonly wander?: number;
  /** Comes back after this share of the time that it was told; 1 is a client that does as it is told. */
  readonly eagerness?: number;
  /** Never says that a range is its last. */
  readonly isTerse?: boolean;
  /** Wants another file, of half to one and a half of that size, as soon as it has one. */
  readonly isRegular?: boolean;
  /** The same, but another peer comes in its stead. */
  readonly hasHeirs?: boolean;
  /** Asks for all that it needs in one range. */
  readonly isGreedy?: boolean;
};
/** What a client was told on one poll, and what then came true. */
export type Told = { readonly atMs: number; readonly position: number; readonly etaMs: number };
export type Turn = {
  readonly client: Client;
  readonly askedMs: number;
  readonly grantedMs: number;
  readonly told: readonly Told[];
  endedMs: number;
};

const MIB = 2 ** 20;
/** As a downloader asks: 10 s of its measured speed, whole chunks, at most 64 MiB. */
const RUN_SECONDS = 10;
const MAX_RUN = 64 * MIB;
/** How often the server looks at its slots. */
const SWEEP_MS = 1000;
/** Round trip, and how often a downloader looks at the clock. */
const LATE_MS = 350;
const SLOTS = 4;
const REFUSED_MS = 60_000;
const FIRST_HEIR = 10_000;

type Running = {
  readonly client: Client;
  readonly file: number;
  readonly rateBps: number;
  readonly turn: Turn;
  readonly fromMs: number;
  readonly bytes: number;
  readonly leftBytes: number;
  counted: number;
  isEnding: boolean;
};
type Ask = { askedMs: number; told: Told[] };

/** Clients on a virtual clock at the real line, each with a speed of its own: what is left out is bytes. */
export class LineSimulation {
  readonly clock = new VirtualClock();
  readonly turns: Turn[] = [];
  readonly line: UploadLine;
  readonly #random: SeededRandom;
  readonly #settings: Settings;
  readonly #running = new Map<Slot, Running>();
  readonly #turnOf = new Map<Slot, Turn>();
  readonly #credits = new Map<NodeId | undefined, number>();
  #waiting = 0;
  #files = 0;

  constructor(clients: readonly Client[], { seed = 1, ...settings }: Partial<Settings> & { seed?: number } = {}) {
    this.#random = new SeededRandom(seed);
    this.#settings = { ...DEFAULT_SETTINGS, ...settings };
    for (const { asker, credit = 1 } of clients) this.#credits.set(asker.nodeId, credit);
    this.line = new UploadLine({
      settings: () => this.#settings,
      slots: () => SLOTS,
      credit: (node) => this.#credits.get(node) ?? 1,
    });
    for (const client of clients) {
      const file = this.#files++;
      this.clock.setTimer(client.arriveMs, () => this.#ask(client, file, client.neededBytes, undefined));
    }
    this.#sweep();
  }

  /** Those who are in the line now. */
  get waiting(): number {
    return this.#waiting;
  }

  async run(forMs: number): Promise<void> {
    await this.clock.advance(forMs);
  }

  /** The waits of one client, or of all that the filter lets through, in milliseconds. */
  waits(of: (client: Client) => boolean, fromMs = 0): number[] {
    return this.turns
      .filter(({ client, askedMs }) => of(client) && askedMs >= fromMs)
      .map(({ askedMs, grantedMs }) => grantedMs - askedMs);
  }

  /** For how long slots were held for these clients, in milliseconds. */
  held(of: (client: Client) => boolean): number {
    return this.turns.filter(({ client }) => of(client)).reduce((sum, turn) => sum + turn.endedMs - turn.grantedMs, 0);
  }

  #ask(client: Client, file: number, leftBytes: number, waited: Ask | undefined): void {
    const nowMs = this.clock.monotonicMs();
    const { asker, sizeBytes, rateBps, isTerse = false, isGreedy = false, eagerness = 1 } = client;
    const run = Math.min(Math.max(MIB, Math.round((rateBps * RUN_SECONDS) / MIB) * MIB), MAX_RUN);
    const bytes = isGreedy ? leftBytes : Math.min(run, leftBytes);
    const isLast = bytes === leftBytes && !isTerse;
    const wanted = { asker, hash: hashOf(file), name: `file ${file}`, size: sizeBytes };
    const verdict = this.line.ask(wanted, { bytes, last: isLast }, nowMs);
    if (verdict.kind === 'refused') {
      this.clock.setTimer(REFUSED_MS, () => this.#ask(client, file, leftBytes, waited));
      return;
    }
    if (verdict.kind === 'queued') {
      if (!waited) this.#waiting++;
      const ask = waited ?? { askedMs: nowMs, told: [] };
      ask.told.push({ atMs: nowMs, position: verdict.position, etaMs: verdict.etaMs });
      const pauseMs = verdict.pollMs * eagerness + this.#random.int(LATE_MS);
      this.clock.setTimer(pauseMs, () => this.#ask(client, file, leftBytes, ask));
      return;
    }
    if (waited) this.#waiting--;
    this.#send(verdict.slot, { client, file, bytes, leftBytes, waited });
  }

  #send(
    slot: Slot,
    of: { client: Client; file: number; bytes: number; leftBytes: number; waited: Ask | undefined },
  ): void {
    const { client, file, bytes, leftBytes, waited } = of;
    const nowMs = this.clock.monotonicMs();
    let turn = this.#turnOf.get(slot);
    if (!turn) {
      const { askedMs, told } = waited ?? { askedMs: nowMs, told: [] };
      turn = { client, askedMs, told, grantedMs: nowMs, endedMs: nowMs };
      this.#turnOf.set(slot, turn);
      this.turns.push(turn);
    }
    const { wander = 0 } = client;
    const rateBps = client.rateBps * (1 + (wander * (this.#random.int(2001) - 1000)) / 1000);
    const running: Running = {
      client,
      file,
      rateBps,
      turn,
      fromMs: nowMs,
      bytes,
      leftBytes,
      counted: 0,
      isEnding: false,
    };
    this.#running.set(slot, running);
    this.clock.setTimer((bytes / rateBps) * 1000, () => {
      // The server cut it: what was sent by then counts.
      if (this.#running.get(slot) !== running) return;
      this.#count(slot);
      this.#running.delete(slot);
      this.line.finish(slot, this.clock.monotonicMs());
      running.turn.endedMs = this.clock.monotonicMs();
      if (bytes < leftBytes) this.#ask(client, file, leftBytes - bytes, undefined);
      else if (client.isRegular) this.#askAnother(client);
      else if (client.hasHeirs) this.#askAnother({ ...client, asker: peer(FIRST_HEIR + this.#files) });
    });
  }

  #askAnother(client: Client): void {
    this.#credits.set(client.asker.nodeId, client.credit ?? 1);
    const bytes = Math.round(client.neededBytes * (0.5 + this.#random.int(1000) / 1000));
    this.#ask(client, this.#files++, bytes, undefined);
  }

  #count(slot: Slot): void {
    const running = this.#running.get(slot);
    if (!running) return;
    const elapsedMs = this.clock.monotonicMs() - running.fromMs;
    const sent = Math.min(running.bytes, Math.round((elapsedMs / 1000) * running.rateBps));
    slot.sent += sent - running.counted;
    slot.rateBps = running.rateBps;
    running.counted = sent;
    running.turn.endedMs = this.clock.monotonicMs();
  }

  /** The server ends the range with the chunk that is being sent. */
  #endAtChunk(slot: Slot, running: Running): void {
    if (running.isEnding) return;
    running.isEnding = true;
    const { client, file, counted, leftBytes, bytes, rateBps } = running;
    const kept = Math.ceil(counted / MIB) * MIB;
    if (kept >= bytes) return;
    this.clock.setTimer(((kept - counted) / rateBps) * 1000, () => {
      this.#count(slot);
      this.#running.delete(slot);
      this.line.finish(slot, this.clock.monotonicMs());
      this.clock.setTimer(LATE_MS, () => this.#ask(client, file, leftBytes - kept, undefined));
    });
  }

  #sweep(): void {
    const nowMs = this.clock.monotonicMs();
    for (const [slot, running] of this.#running) {
      this.#count(slot);
      if (this.line.hasOverrun(slot, nowMs)) this.#endAtChunk(slot, running);
    }
    this.line.settle(nowMs);
    this.clock.setTimer(SWEEP_MS, () => this.#sweep());
  }
}

export const mean = (values: readonly number[]): number =>
  values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value) / values.length;
