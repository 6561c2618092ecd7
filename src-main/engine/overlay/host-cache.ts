import type { PeerAddress } from '../../contract/address.ts';
import { classifyHost, isPrivateHost, wideBlock } from '../../contract/address-block.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { Clock, Logger, Random, Timer } from '../ports/index.ts';
import { pick, shuffle } from '../shuffle.ts';
import type { WhyShut } from '../shut-out.ts';
import type { HostCacheStore, StoredSupernode } from '../store/host-cache-store.ts';
import type { SupernodeEntry } from '../wire/messages/supernode-entry.ts';
import {
  CALLED,
  isSameAddress,
  type KnownSupernode,
  type Namer,
  type ReachedSupernode,
  type Way,
} from './known-supernode.ts';
import type { LastContact } from './last-contact.ts';
import { Shunned } from './shunned.ts';

export type HostCacheDeps = {
  readonly self: NodeId;
  readonly store: Pick<HostCacheStore, 'all' | 'save'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly contact: LastContact;
  /** Whom this peer does not speak to is neither dialled nor named. */
  readonly whyShut?: WhyShut | undefined;
};

/** Four times the 200 entries of one list, so that several supernodes are remembered from each of several lists. */
const MAX_NEW = 800;
/** Reached by this peer itself: enough to find the network again after weeks. */
const MAX_TRIED = 256;
/** From one /16: of the tried as many as neighbours may be (protocol section 7), of the new twice that. */
const TRIED_PER_BLOCK = 8;
const NEW_PER_BLOCK = 16;
/** What one address block may name: one list of 200 entries, a quarter of the new part. */
const NEW_PER_SOURCE = 200;
/** Dialled first at every start, whatever strangers say (protocol section 7). */
const PROVEN = 2;
/** A parent for less than this has proven nothing. */
const PROVEN_AFTER_MS = 10 * 60_000;
/** Failed attempts in a row after which an entry is forgotten. Only those count during which somebody else was in contact. */
const NEW_FAILURES = 2;
const TRIED_FAILURES = 8;
/** Of a tried one the second failure counts after this, the third after twice as long: eight are more than two hours of silence. */
const COUNT_AGAIN_MS = 60_000;
/** Named to others only for this long after it was reached (protocol section 4), and not forgotten sooner: half a network may be cut off. */
const NAMEABLE_MS = 24 * 60 * 60_000;
/** Changes are saved together: losing a minute of them costs nothing. */
const SAVE_AFTER_MS = 60_000;
const NOBODY: ReadonlySet<NodeId> = new Set();

/**
 * Supernodes remembered over starts, in two parts: *tried*, which this peer reached itself, and *new*, which others named. Both are
 * limited in all and for each address block, so that strangers' addresses cannot displace what served well.
 */
export class HostCache {
  readonly #deps: HostCacheDeps;
  readonly #known = new Map<NodeId, KnownSupernode>();
  readonly #changed = new Set<NodeId>();
  /** Failed often enough to be forgotten, if the line was up the last time. */
  readonly #doubted = new Set<NodeId>();
  #kept: readonly NodeId[] = [];
  #proven: readonly NodeId[] = [];
  readonly #shunned: Shunned;
  #timer: Timer | undefined;
  #saving: Promise<void> = Promise.resolve();

  constructor(deps: HostCacheDeps) {
    this.#deps = deps;
    this.#shunned = new Shunned(deps.clock);
  }

  /** Reads what earlier runs kept. */
  async start(): Promise<void> {
    const stored = await this.#deps.store.all();
    for (const one of stored)
      if (one.nodeId !== this.#deps.self) this.#known.set(one.nodeId, fresh(one, { kind: 'cache' }));
    const served = stored.filter(({ servedMs }) => servedMs >= PROVEN_AFTER_MS);
    served.sort((a, b) => b.servedMs - a.servedMs);
    this.#proven = served.slice(0, PROVEN).map(({ nodeId }) => nodeId);
  }

  /** Saves what changed. */
  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#save();
    await this.#saving;
  }

  /** Nobody is in contact with this peer: others are looked for without long pauses. */
  get isCutOff(): boolean {
    return this.#deps.contact.isLost();
  }

  get(nodeId: NodeId): KnownSupernode | undefined {
    return this.#known.get(nodeId);
  }

  /** Whether a supernode was reached at that address, in this run or an earlier one. */
  hasTried(address: PeerAddress): boolean {
    return this.all().some((known) => known.tried && isSameAddress(known.address, address));
  }

  all(): readonly KnownSupernode[] {
    return [...this.#known.values()];
  }

  /** These are not displaced and not forgotten, as those that served well, until others are kept. */
  keep(nodeIds: readonly NodeId[]): void {
    this.#kept = nodeIds;
  }

  /** Others named these. What this peer knows itself is not overwritten. */
  heard(entries: readonly SupernodeEntry[], namer: Namer): void {
    let room: NewPart | undefined;
    const source = wideBlock(namer.host);
    const way = this.#wayOf(namer);
    for (const { nodeId, address, children, capacity, uptimeSeconds } of entries) {
      if (nodeId === this.#deps.self || !isAddress(address.host)) continue;
      const old = this.#known.get(nodeId);
      if (old?.reachedMs !== undefined) continue;
      const load = { children, capacity, uptimeSeconds };
      // One that does not answer may have moved: its key will show whether this is it.
      if (old) {
        const isNews = old.children !== children || old.capacity !== capacity || old.failures > 0;
        if (isNews) this.#known.set(nodeId, { ...old, ...load, ...(old.failures > 0 && { address }) });
        if (!isSameAddress(old.address, address)) this.#doubted.delete(nodeId);
        continue;
      }
      room ??= this.#newPart();
      if (room.takes(address.host, source))
        this.#putNew({ nodeId, address, tried: false, servedMs: 0, source }, { ...load, way });
    }
  }

  /** This peer had a handshake with it at that address. */
  reached({ entry, rttMs, way = CALLED }: ReachedSupernode): void {
    const { nodeId, address, children, capacity, uptimeSeconds } = entry;
    if (nodeId === this.#deps.self || !isAddress(address.host)) return;
    this.#deps.contact.reached(address.host);
    this.#doubted.delete(nodeId);
    this.#settleDoubts();
    const old = this.#known.get(nodeId);
    if (!old?.tried) this.#makeRoomForTried(address);
    this.#put({
      nodeId,
      address,
      tried: true,
      servedMs: old?.servedMs ?? 0,
      source: '',
      way: old?.way ?? way,
      reachedMs: this.#deps.clock.monotonicMs(),
      rttMs: rttMs ?? old?.rttMs,
      children,
      capacity,
      uptimeSeconds,
      failures: 0,
      failedMs: 0,
    });
  }

  /** What a known supernode says of its load. */
  loaded(nodeId: NodeId, load: { readonly children?: number; readonly capacity?: number }): void {
    const old = this.#known.get(nodeId);
    if (old) this.#known.set(nodeId, { ...old, ...load });
  }

  /** Marks it as failing. It is forgotten after some failures, but not for those of a time in which nobody could be reached. */
  failed(nodeId: NodeId, address: PeerAddress): void {
    this.#settleDoubts();
    const old = this.#known.get(nodeId);
    if (!old || !isSameAddress(old.address, address)) return;
    const nowMs = this.#deps.clock.monotonicMs();
    const isSoon = old.failures > 0 && nowMs - old.failedMs < COUNT_AGAIN_MS * 2 ** (old.failures - 1);
    if (old.tried && isSoon) return;
    if (old.failures > 0 && this.#deps.contact.isLost(address.host)) return;
    const isEnough = !this.#isKept(old) && old.failures + 1 >= (old.tried ? TRIED_FAILURES : NEW_FAILURES);
    if (isEnough) this.#doubted.add(nodeId);
    this.#known.set(nodeId, { ...old, failures: old.failures + (isEnough ? 0 : 1), failedMs: nowMs });
    this.#settleDoubts();
  }

  /** It was this peer's parent for so long. */
  served(nodeId: NodeId, forMs: number): void {
    const old = this.#known.get(nodeId);
    if (old) this.#put({ ...old, servedMs: old.servedMs + forMs });
  }

  /** It answered as somebody who is no supernode (any more). */
  forget(nodeId: NodeId): void {
    this.#forget(nodeId);
  }

  /** It served badly: for so long it is named to nobody and tried when there is no other, and what it did before counts for nothing. */
  shun(nodeId: NodeId, forMs: number): void {
    this.#shunned.add(nodeId, forMs);
    this.#proven = this.#proven.filter((one) => one !== nodeId);
    const old = this.#known.get(nodeId);
    if (old) this.#put({ ...old, servedMs: 0 });
  }

  isShunned(nodeId: NodeId): boolean {
    return this.#shunned.has(nodeId);
  }

  shunned(): ReadonlySet<NodeId> {
    return this.#shunned.all();
  }

  /** How many of the first candidates served well in earlier runs. */
  get provenCount(): number {
    const known = this.#proven.flatMap((nodeId) => this.#known.get(nodeId) ?? []);
    return known.filter((one) => !this.#isShut(one)).length;
  }

  /** In dialling order: the two that served best in earlier runs, then tried and new ones by turns; in the same way those that failed or served badly lately. */
  candidates(): readonly KnownSupernode[] {
    const open = this.all().filter((known) => !this.#isShut(known));
    const all = shuffle(this.#deps.random, open).sort((a, b) => a.failures - b.failures);
    const proven = open.filter(({ nodeId }) => this.#proven.includes(nodeId));
    proven.sort((a, b) => this.#proven.indexOf(a.nodeId) - this.#proven.indexOf(b.nodeId));
    const rest = all.filter((known) => !proven.includes(known));
    const isFine = ({ nodeId, failures }: KnownSupernode) => failures === 0 && !this.#shunned.has(nodeId);
    return [...proven, ...triedAndNew(rest.filter(isFine)), ...triedAndNew(rest.filter((known) => !isFine(known)))];
  }

  /** Those that may be named to others: reached by this peer itself in the last 24 h, not failing since. At most `count`, random, none of `avoid`. */
  nameable(count = Number.POSITIVE_INFINITY, avoid: ReadonlySet<NodeId> = NOBODY): readonly KnownSupernode[] {
    const fine = this.all().filter(
      (known) =>
        known.failures === 0 &&
        this.#isReachedLately(known) &&
        !this.#shunned.has(known.nodeId) &&
        !avoid.has(known.nodeId) &&
        !this.#isShut(known),
    );
    return shuffle(this.#deps.random, fine, count);
  }

  #isShut({ nodeId, address }: KnownSupernode): boolean {
    return this.#deps.whyShut?.({ nodeId, hosts: [address.host] }) !== undefined;
  }

  /** Whether the line was up when the last attempt failed shows by what comes after it. */
  #settleDoubts(): void {
    for (const nodeId of this.#doubted) {
      const known = this.#known.get(nodeId);
      const wasUp = known && this.#deps.contact.wasUp(known.address.host, known.failedMs);
      if (known && wasUp === undefined) continue;
      this.#doubted.delete(nodeId);
      if (known && wasUp && !this.#isKept(known)) this.#forget(nodeId);
    }
  }

  #isKept(known: KnownSupernode): boolean {
    return this.#isSafe(known.nodeId) || this.#isReachedLately(known);
  }

  #isSafe(nodeId: NodeId): boolean {
    return this.#proven.includes(nodeId) || this.#kept.includes(nodeId);
  }

  /** Whoever is named is known by the way of who names it. */
  #wayOf({ nodeId, way }: Namer): Way {
    return (nodeId && this.#known.get(nodeId)?.way) ?? way ?? CALLED;
  }

  #isReachedLately({ reachedMs }: KnownSupernode): boolean {
    return reachedMs !== undefined && this.#deps.clock.monotonicMs() - reachedMs <= NAMEABLE_MS;
  }

  #putNew(
    stored: StoredSupernode,
    { way, ...load }: Pick<KnownSupernode, 'children' | 'capacity' | 'uptimeSeconds' | 'way'>,
  ): void {
    if (this.#known.size >= MAX_NEW) this.#makeRoomForNew();
    this.#put({ ...fresh(stored, way), ...load });
  }

  #makeRoomForNew(): void {
    const others = this.all().filter(({ tried, nodeId }) => !tried && !this.#isSafe(nodeId));
    const victim = others.length >= MAX_NEW ? pick(this.#deps.random, others) : undefined;
    if (victim) this.#forget(victim.nodeId);
  }

  #newPart(): NewPart {
    return new NewPart(this.all().filter(({ tried }) => !tried));
  }

  #makeRoomForTried({ host }: PeerAddress): void {
    const tried = this.all().filter((known) => known.tried);
    const block = wideBlock(host);
    const near = isPrivateHost(host) ? [] : tried.filter(({ address }) => wideBlock(address.host) === block);
    const crowd = near.length >= TRIED_PER_BLOCK ? near : tried.length >= MAX_TRIED ? tried : [];
    const [victim] = crowd.filter(({ nodeId }) => !this.#isSafe(nodeId)).sort(byWorth);
    if (victim) this.#forget(victim.nodeId);
  }

  #put(known: KnownSupernode): void {
    this.#known.set(known.nodeId, known);
    this.#touch(known.nodeId);
  }

  #forget(nodeId: NodeId): void {
    if (this.#known.delete(nodeId)) this.#touch(nodeId);
  }

  #touch(nodeId: NodeId): void {
    this.#changed.add(nodeId);
    this.#timer ??= this.#deps.clock.setTimer(SAVE_AFTER_MS, () => {
      this.#timer = undefined;
      this.#save();
    });
  }

  #save(): void {
    const ids = [...this.#changed];
    this.#changed.clear();
    if (ids.length === 0) return;
    const kept = ids.flatMap((nodeId) => this.#known.get(nodeId) ?? []);
    const removed = ids.filter((nodeId) => !this.#known.has(nodeId));
    this.#saving = this.#saving
      .then(() => this.#deps.store.save(kept, removed))
      .catch((thrown: unknown) => this.#deps.logger.warn('the host cache was not saved', { error: thrown }));
  }
}

/** Counts what the new part holds of each address block while a list is taken in. */
class NewPart {
  readonly #blocks = new Map<string, number>();
  readonly #sources = new Map<string, number>();

  constructor(known: readonly KnownSupernode[]) {
    for (const { address, source } of known) this.#count(wideBlock(address.host), source);
  }

  /** Counts one more from `host`, or says that there are enough. */
  takes(host: string, source: string): boolean {
    const block = wideBlock(host);
    if (!isPrivateHost(host) && (this.#blocks.get(block) ?? 0) >= NEW_PER_BLOCK) return false;
    if ((this.#sources.get(source) ?? 0) >= NEW_PER_SOURCE) return false;
    this.#count(block, source);
    return true;
  }

  #count(block: string, source: string): void {
    this.#blocks.set(block, (this.#blocks.get(block) ?? 0) + 1);
    this.#sources.set(source, (this.#sources.get(source) ?? 0) + 1);
  }
}

/** Names are dialled only when the user gave them (protocol section 4), and what is no host at all never. */
function isAddress(host: string): boolean {
  const kind = classifyHost(host);
  return kind !== 'name' && kind !== 'unusable' && kind !== 'multicast';
}

function fresh(stored: StoredSupernode, way: Way): KnownSupernode {
  const unseen = { reachedMs: undefined, rttMs: undefined, children: undefined, capacity: undefined };
  return { ...stored, ...unseen, uptimeSeconds: undefined, failures: 0, failedMs: 0, way };
}

/** Least worth keeping first: served least, then reached longest ago. */
function byWorth(a: KnownSupernode, b: KnownSupernode): number {
  return a.servedMs - b.servedMs || (a.reachedMs ?? -1) - (b.reachedMs ?? -1);
}

const triedAndNew = (all: readonly KnownSupernode[]): readonly KnownSupernode[] =>
  byTurns(
    all.filter(({ tried }) => tried),
    all.filter(({ tried }) => !tried),
  );

function byTurns<T>(first: readonly T[], second: readonly T[]): readonly T[] {
  const length = Math.max(first.length, second.length);
  return Array.from({ length }, (_, at) => [...first.slice(at, at + 1), ...second.slice(at, at + 1)]).flat();
}
