import { isSharedHost, singleBlock } from '../../contract/address-block.ts';
import { isNodeId, parseNodeId } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import { MAX_REASONS, type StrikeView } from '../../contract/strikes.ts';
import type { Clock, Logger, Remote, Timer } from '../ports/index.ts';
import type { Approached } from '../shut-out.ts';
import type { StoredStrikes, StrikeStore } from '../store/strike-store.ts';
import { StrikeKeeper } from './strike-keeper.ts';

/** What was counted: `strikes` that stand now, `isBanned` when this one was enough. */
export type Strike = {
  readonly remote: Remote;
  readonly why: string;
  readonly strikes: number;
  readonly isBanned: boolean;
};

export type StrikesDeps = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: () => Settings;
  /** Undefined: nothing is kept over restarts. */
  readonly store?: Pick<StrikeStore, 'load' | 'save'> | undefined;
  /** Told of every strike: for the log, and to close what a banned peer has open. */
  readonly onStrike: (strike: Strike) => void;
};

/** What the first of a quick series has decayed at the last: five in a row are five, though each is a moment older than the next. */
const DECAYED_MEANWHILE = 0.1;

type Reason = { readonly why: string; readonly atMs: number };
type Account = {
  readonly strikes: number;
  /** Of an address: those of peers behind it, which have their own limit. */
  readonly peerStrikes: number;
  readonly atMs: number;
  readonly bannedUntilMs: number;
  /** Newest first. */
  readonly reasons: readonly Reason[];
};
type StrikesOf = 'strikes' | 'peerStrikes';

/** Remembered peers and addresses: more than connections of a day, in a few MiB. */
const MAX_ACCOUNTS = 10_000;
/** An address may stand for several peers behind one gateway: it takes as many times the strikes of one of them, beside those of nobody known. */
const PEERS_PER_ADDRESS = 4;
/** Of a reason: what a stranger sent may be part of it. */
const MAX_WHY = 100;
/** Without a further strike nothing is remembered for longer. */
const REMEMBERED_MS = 30 * 24 * 3_600_000;

/**
 * Counts what well-behaved peers do not do (protocol section 12), by NodeId and by address (/64). Strikes decay; enough are a ban for a
 * time. Private and loopback addresses are not counted: many peers share them, and their NodeIds are. The last reasons are kept, also over
 * restarts, and the user can forgive.
 */
export class Strikes {
  readonly #deps: StrikesDeps;
  /** In order of the last strike, oldest first. */
  readonly #accounts = new Map<string, Account>();
  readonly #keeper: StrikeKeeper | undefined;
  /** No ban lasts longer than this: mostly there is none, and nobody need be looked up. */
  #lastBanEndMs = Number.NEGATIVE_INFINITY;
  #banTimer: Timer | undefined;

  constructor(deps: StrikesDeps) {
    this.#deps = deps;
    const { store } = deps;
    this.#keeper = store && new StrikeKeeper({ ...deps, store, read: (key) => this.#toStored(key) });
  }

  /** Takes what was kept before any peer is spoken to. Fails with disk.*. */
  async start(): Promise<void> {
    const nowMs = this.#deps.clock.monotonicMs();
    for (const { key, strikes, peerStrikes, agoMs, bannedMs, reasons } of (await this.#keeper?.start()) ?? []) {
      // Written with the time that it is now: where the clock was ahead when it was written, a ban would begin anew at each start.
      this.#keeper?.changed(key);
      if (agoMs > REMEMBERED_MS && bannedMs === 0) continue;
      const bannedUntilMs = bannedMs > 0 ? nowMs + bannedMs : Number.NEGATIVE_INFINITY;
      this.#lastBanEndMs = Math.max(this.#lastBanEndMs, bannedUntilMs);
      this.#accounts.set(key, {
        ...{ strikes, peerStrikes, atMs: nowMs - agoMs, bannedUntilMs },
        reasons: reasons.slice(0, MAX_REASONS).map((reason) => ({ why: reason.why, atMs: nowMs - reason.agoMs })),
      });
    }
    this.#watchBans();
  }

  async stop(): Promise<void> {
    this.#banTimer?.cancel();
    this.#banTimer = undefined;
    await this.#keeper?.stop();
  }

  /** Peers and addresses remembered now. */
  get size(): number {
    return this.#accounts.size;
  }

  /** One strike; returns whether the peer is banned now. */
  strike(remote: Remote, why: string): boolean {
    const { nodeId } = remote;
    const block = addressKey(remote.address.host);
    let strikes = nodeId === undefined ? 0 : this.#count(nodeId, 'strikes', why);
    if (block !== undefined) {
      const ofBlock = this.#count(block, nodeId === undefined ? 'strikes' : 'peerStrikes', why);
      strikes = Math.max(strikes, nodeId === undefined ? ofBlock : 0);
    }
    const isBanned = this.isBanned(remote);
    this.#deps.onStrike({ remote, why, strikes, isBanned });
    return isBanned;
  }

  isBanned({ nodeId, address }: Remote): boolean {
    return this.banEndMs({ nodeId, hosts: [address.host] }) !== undefined;
  }

  /** Monotonic ms when the ban of a peer ends, and that of the first of its addresses; undefined when it may be spoken to. */
  banEndMs({ nodeId, hosts }: Approached): number | undefined {
    const nowMs = this.#deps.clock.monotonicMs();
    if (nowMs >= this.#lastBanEndMs) return undefined;
    const endOf = (key: string | undefined) =>
      (key === undefined ? undefined : this.#accounts.get(key)?.bannedUntilMs) ?? 0;
    const hostsEndMs = hosts.length === 0 ? 0 : Math.min(...hosts.map((host) => endOf(addressKey(host))));
    const endMs = Math.max(endOf(nodeId), hostsEndMs);
    return endMs > nowMs ? endMs : undefined;
  }

  /** Those struck last first. */
  list(limit: number): { readonly entries: readonly StrikeView[]; readonly total: number } {
    const nowMs = this.#deps.clock.monotonicMs();
    const newest = [...this.#accounts].slice(-limit).reverse();
    const entries = newest.map(([key, account]): StrikeView => {
      const bannedMs = account.bannedUntilMs - nowMs;
      return {
        ...(isNodeId(key) ? { kind: 'node', who: key } : { kind: 'address', who: shownBlock(key) }),
        strikes: this.#standing(account, 'strikes', nowMs) + this.#standing(account, 'peerStrikes', nowMs),
        bannedMs: bannedMs > 0 ? bannedMs : null,
        reasons: account.reasons.map(({ why, atMs }) => ({ why, agoMs: nowMs - atMs })),
      };
    });
    return { entries, total: this.#accounts.size };
  }

  /** Forgets all of a peer or an address, a ban too; false when nothing is known of it. */
  forgive(who: string): boolean {
    const key = parseNodeId(who) ?? singleBlock(who.replace(/\/64$/, ''));
    if (!this.#accounts.delete(key)) return false;
    this.#keeper?.changed(key);
    return true;
  }

  /** Adds one to what is left of earlier ones; a ban starts from none. Returns what stands. */
  #count(key: string, of: StrikesOf, why: string): number {
    const settings = this.#deps.settings();
    const most = settings['trust.strikes'] * (of === 'peerStrikes' ? PEERS_PER_ADDRESS : 1);
    const nowMs = this.#deps.clock.monotonicMs();
    const account = this.#accounts.get(key);
    const standing = {
      strikes: this.#standing(account, 'strikes', nowMs),
      peerStrikes: this.#standing(account, 'peerStrikes', nowMs),
    };
    const strikes = standing[of] + 1;
    const isBan = strikes > most - DECAYED_MEANWHILE;
    const before = account?.bannedUntilMs ?? Number.NEGATIVE_INFINITY;
    const bannedUntilMs = isBan ? nowMs + settings['trust.ban'] : before;
    this.#lastBanEndMs = Math.max(this.#lastBanEndMs, bannedUntilMs);
    const reasons = [{ why: why.slice(0, MAX_WHY), atMs: nowMs }, ...(account?.reasons ?? [])].slice(0, MAX_REASONS);
    this.#accounts.delete(key);
    this.#accounts.set(key, { ...standing, [of]: isBan ? 0 : strikes, atMs: nowMs, bannedUntilMs, reasons });
    this.#keeper?.changed(key);
    if (isBan) this.#watchBans();
    if (this.#accounts.size > MAX_ACCOUNTS) this.#forget(nowMs);
    return strikes;
  }

  /** A ban that has ended is written once, so that it does not come back where the clock is set back before the next start. */
  #watchBans(): void {
    const { clock } = this.#deps;
    const waitMs = this.#lastBanEndMs - clock.monotonicMs();
    if (!this.#keeper || this.#banTimer || waitMs <= 0) return;
    this.#banTimer = clock.setTimer(waitMs, () => {
      this.#banTimer = undefined;
      const nowMs = clock.monotonicMs();
      for (const [key, account] of this.#accounts) {
        if (account.bannedUntilMs === Number.NEGATIVE_INFINITY || account.bannedUntilMs > nowMs) continue;
        this.#accounts.set(key, { ...account, bannedUntilMs: Number.NEGATIVE_INFINITY });
        this.#keeper?.changed(key);
      }
      this.#watchBans();
    });
  }

  #standing(account: Account | undefined, of: StrikesOf, nowMs: number): number {
    if (!account) return 0;
    return Math.max(0, account[of] - (nowMs - account.atMs) / this.#deps.settings()['trust.strike-decay']);
  }

  #toStored(key: string): Omit<StoredStrikes, 'key' | 'wallMs'> | undefined {
    const account = this.#accounts.get(key);
    if (!account) return undefined;
    const nowMs = this.#deps.clock.monotonicMs();
    const { strikes, peerStrikes, atMs, bannedUntilMs, reasons } = account;
    return {
      ...{ strikes, peerStrikes, agoMs: nowMs - atMs, bannedMs: Math.max(0, bannedUntilMs - nowMs) },
      reasons: reasons.map((reason) => ({ why: reason.why, agoMs: Math.round(nowMs - reason.atMs) })),
    };
  }

  /** Who was struck longest ago goes first, bans last. */
  #forget(nowMs: number): void {
    const oldest = this.#accounts.keys().next().value;
    for (const [key, account] of this.#accounts) {
      if (account.bannedUntilMs > nowMs) continue;
      this.#drop(key);
      return;
    }
    if (oldest !== undefined) this.#drop(oldest);
  }

  #drop(key: string): void {
    this.#accounts.delete(key);
    this.#keeper?.changed(key);
  }
}

function addressKey(host: string): string | undefined {
  return isSharedHost(host) ? undefined : singleBlock(host);
}

/** A /64 as it is written. */
const shownBlock = (key: string): string => (key.endsWith(':') ? `${key}:/64` : key);
