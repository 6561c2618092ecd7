import { isPrivateHost, singleBlock } from '../../contract/address-block.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, Remote } from '../ports/index.ts';

/** What was counted: `strikes` that stand now, `isBanned` when this one was enough. */
export type Strike = {
  readonly remote: Remote;
  readonly why: string;
  readonly strikes: number;
  readonly isBanned: boolean;
};

export type StrikesDeps = {
  readonly clock: Clock;
  readonly settings: () => Settings;
  /** Told of every strike: for the log, and to close what a banned peer has open. */
  readonly onStrike: (strike: Strike) => void;
};

/** What the first of a quick series has decayed at the last: five in a row are five, though each is a moment older than the next. */
const DECAYED_MEANWHILE = 0.1;

type Account = { readonly strikes: number; readonly atMs: number; readonly bannedUntilMs: number };

/** Remembered peers and addresses: more than connections of a day, in a few MiB. */
const MAX_ACCOUNTS = 10_000;
/** An address may stand for several peers behind one gateway: it takes as many times the strikes of one of them. */
const PEERS_PER_ADDRESS = 4;

/**
 * Counts what well-behaved peers do not do (protocol section 12), by NodeId and by address (/64). Strikes decay; enough are a ban for a
 * time. Private and loopback addresses are not counted: many peers share them, and their NodeIds are.
 */
export class Strikes {
  readonly #deps: StrikesDeps;
  /** In order of the last strike, oldest first. */
  readonly #accounts = new Map<string, Account>();

  constructor(deps: StrikesDeps) {
    this.#deps = deps;
  }

  /** Peers and addresses remembered now. */
  get size(): number {
    return this.#accounts.size;
  }

  /** One strike; returns whether the peer is banned now. */
  strike(remote: Remote, why: string): boolean {
    const most = this.#deps.settings()['trust.strikes'];
    const { nodeId } = remote;
    const block = addressKey(remote);
    let strikes = nodeId === undefined ? 0 : this.#count(nodeId, most);
    if (block !== undefined) {
      const ofBlock = this.#count(block, nodeId === undefined ? most : most * PEERS_PER_ADDRESS);
      strikes = Math.max(strikes, nodeId === undefined ? ofBlock : 0);
    }
    const isBanned = this.isBanned(remote);
    this.#deps.onStrike({ remote, why, strikes, isBanned });
    return isBanned;
  }

  isBanned(remote: Remote): boolean {
    const nowMs = this.#deps.clock.monotonicMs();
    return [remote.nodeId, addressKey(remote)].some(
      (key) => key !== undefined && (this.#accounts.get(key)?.bannedUntilMs ?? 0) > nowMs,
    );
  }

  /** Adds one to what is left of earlier ones; a ban starts from none. Returns what stands. */
  #count(key: string, most: number): number {
    const settings = this.#deps.settings();
    const nowMs = this.#deps.clock.monotonicMs();
    const strikes = this.#standing(this.#accounts.get(key), nowMs) + 1;
    const isBan = strikes > most - DECAYED_MEANWHILE;
    const before = this.#accounts.get(key)?.bannedUntilMs ?? 0;
    const bannedUntilMs = isBan ? nowMs + settings['trust.ban'] : before;
    this.#accounts.delete(key);
    this.#accounts.set(key, { strikes: isBan ? 0 : strikes, atMs: nowMs, bannedUntilMs });
    if (this.#accounts.size > MAX_ACCOUNTS) this.#forget(nowMs);
    return strikes;
  }

  #standing(account: Account | undefined, nowMs: number): number {
    if (!account) return 0;
    return Math.max(0, account.strikes - (nowMs - account.atMs) / this.#deps.settings()['trust.strike-decay']);
  }

  /** Who was struck longest ago goes first, bans last. */
  #forget(nowMs: number): void {
    for (const [key, account] of this.#accounts) {
      if (account.bannedUntilMs > nowMs) continue;
      this.#accounts.delete(key);
      return;
    }
    const oldest = this.#accounts.keys().next();
    if (!oldest.done) this.#accounts.delete(oldest.value);
  }
}

function addressKey({ address }: Remote): string | undefined {
  return isPrivateHost(address.host) || address.host === '' ? undefined : singleBlock(address.host);
}
