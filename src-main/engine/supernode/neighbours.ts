import { formatAddress } from '../../contract/address.ts';
import { isPrivateHost, narrowBlock, wideBlock } from '../../contract/address-block.ts';
import { AppError } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import type { ByteCount } from '../overlay/byte-count.ts';
import type { HostCache } from '../overlay/host-cache.ts';
import type { SearchHandler } from '../overlay/overlay-deps.ts';
import type { Session } from '../overlay/session.ts';
import type { Clock, Logger, Random } from '../ports/index.ts';
import { pick } from '../shuffle.ts';
import { SUPERNODE_MESSAGES } from '../wire/limits.ts';
import type { ByeCode } from '../wire/messages/bye.ts';
import type { Hits } from '../wire/messages/hits.ts';
import type { Load } from '../wire/messages/load.ts';
import type { Query } from '../wire/messages/query.ts';
import type { SupernodeEntry } from '../wire/messages/supernode-entry.ts';
import type { SessionMessage } from '../wire/session-message.ts';
import { SINCE } from '../wire/version.ts';
import { NeighbourRecord } from './neighbour-record.ts';

export type Neighbour = {
  readonly session: Session;
  entry: SupernodeEntry;
  /** What it said last of its work. */
  load: Pick<Load, 'fullCapacity' | 'queriesPerMinute'>;
  /** This peer opened the link. */
  readonly isDialled: boolean;
  /** What it calls itself, when it opened the link: never trusted. */
  readonly name: string | undefined;
  /** What was seen of it. */
  readonly record: NeighbourRecord;
};

export type NeighboursDeps = {
  readonly selfId: NodeId;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings: () => Settings;
  readonly cache: HostCache;
  readonly search: SearchHandler;
  /** What serving costs is counted here. */
  readonly duty: ByteCount;
  readonly changed: () => void;
  /** A bad one was dropped: another should be looked for. */
  readonly dropped: () => void;
};

/** From one address block (protocol section 7); private and loopback ranges are exempt. */
const PER_NARROW_BLOCK = 2;
const PER_WIDE_BLOCK = 8;
/** Links that others open are taken up to this share of the number wanted, so that a fresh supernode finds room (30 to 50 around 40). */
const ACCEPT_FACTOR = 1.25;
/** Queries of one neighbour being answered at once: more are refused, it asks elsewhere. */
const MAX_ANSWERING = 32;
/** Queries asked of one neighbour and not answered: 200 asks a second, forgotten after 4 s. */
const MAX_ASKED = 1000;
/** A query without an answer for this long makes sure that the link lives; twice a slow round trip. */
const PING_AFTER_MS = 1000;

/** A full supernode gives a place to a new one at most this often: it takes 20 min to change all that others opened. */
const ROOM_EVERY_MS = 30_000;

type Asked = { readonly resolve: (hits: Hits) => void; readonly reject: (error: AppError) => void };
type Linked = Neighbour & { readonly asked: Map<string, Asked>; answering: number };

/** Links with other supernodes: load is told, queries are asked and answered over them. */
export class Neighbours {
  readonly #deps: NeighboursDeps;
  readonly #links = new Map<NodeId, Linked>();
  #nextRoomMs = 0;

  constructor(deps: NeighboursDeps) {
    this.#deps = deps;
  }

  get count(): number {
    return this.#links.size;
  }

  get(nodeId: NodeId): Neighbour | undefined {
    return this.#links.get(nodeId);
  }

  all(): readonly Neighbour[] {
    return [...this.#links.values()];
  }

  /** How many more this peer should look for. */
  get wanted(): number {
    return Math.max(0, this.#deps.settings()['supernode.neighbours'] - this.#links.size);
  }

  /** Whether there are more than should be taken. */
  get isOverfull(): boolean {
    return this.#links.size > this.#most;
  }

  get #most(): number {
    return Math.ceil(this.#deps.settings()['supernode.neighbours'] * ACCEPT_FACTOR);
  }

  /** Whether a link that another supernode opens would be taken: room in all and for its address block. */
  hasPlace(nodeId: NodeId, host: string): boolean {
    if (this.#deps.cache.isShunned(nodeId)) return false;
    return this.#links.has(nodeId) || (this.#links.size < this.#most && this.fitsBlock(host));
  }

  /**
   * Where all are full, one that is new would find no place for ever: now and then it gets that of another one, which has many. Only links
   * that others opened are given up, so that strangers cannot take the place of those that this peer chose.
   */
  makeRoom(nodeId: NodeId, host: string): boolean {
    const { clock, random, cache } = this.#deps;
    if (cache.isShunned(nodeId) || clock.monotonicMs() < this.#nextRoomMs || !this.fitsBlock(host)) return false;
    const given = pick(
      random,
      [...this.#links.values()].filter(({ isDialled, asked }) => !isDialled && asked.size === 0),
    );
    if (!given) return false;
    this.#nextRoomMs = clock.monotonicMs() + ROOM_EVERY_MS;
    this.give(given.session.nodeId, 'its place goes to one that has none');
    return true;
  }

  fitsBlock(host: string): boolean {
    if (isPrivateHost(host)) return true;
    const hosts = [...this.#links.values()].map(({ session }) => session.host);
    const narrow = hosts.filter((other) => narrowBlock(other) === narrowBlock(host)).length;
    const wide = hosts.filter((other) => wideBlock(other) === wideBlock(host)).length;
    return narrow < PER_NARROW_BLOCK && wide < PER_WIDE_BLOCK;
  }

  /**
   * Takes a link after its handshake. False (and the link is closed) when another one with the same peer stays: two that dialled each
   * other at the same time both keep the one that the lower NodeId opened; otherwise the newer replaces the older. False too when others
   * of its address block, dialled at the same time, were faster.
   */
  add(
    session: Session,
    entry: SupernodeEntry,
    { isDialled, version, name }: { isDialled: boolean; version: string; name?: string | undefined },
  ): boolean {
    const old = this.#links.get(session.nodeId);
    if (old && this.#areCrossing(old, isDialled) && isDialled !== this.#opensByRight(session.nodeId)) {
      session.close('replaced', 'both dialled at the same time');
      return false;
    }
    if (old) this.replace(session.nodeId);
    if (!this.fitsBlock(session.host)) {
      session.close('full', 'enough of its network');
      return false;
    }
    const fresh = { load: {}, record: new NeighbourRecord(), asked: new Map(), answering: 0 };
    const linked: Linked = { session, entry, isDialled, name, ...fresh };
    this.#links.set(session.nodeId, linked);
    session.admit(version, SUPERNODE_MESSAGES);
    session.countInto(this.#deps.duty);
    session.receive({
      message: (message) => this.#take(linked, message),
      ended: (end) => {
        // Not seen to leave: whoever looks for lost ones should know it.
        if (end.code === 'silent' || end.code === 'closed')
          this.#deps.cache.failed(session.nodeId, linked.entry.address);
        this.#gone(linked, end.why);
      },
    });
    this.#deps.logger.info('linked with a supernode', { node: session.nodeId, address: formatAddress(entry.address) });
    this.#deps.changed();
    return true;
  }

  /** Forgets a link that a newer session of the same peer replaces. */
  replace(nodeId: NodeId): void {
    this.#drop(this.#links.get(nodeId), 'replaced', 'a newer session');
  }

  /** Ends a good link for a better one. */
  give(nodeId: NodeId, why: string): void {
    this.#drop(this.#links.get(nodeId), 'idle', why);
  }

  /** Ends the link with a bad one; another is looked for. */
  dismiss(nodeId: NodeId, why: string): void {
    const linked = this.#links.get(nodeId);
    if (!linked) return;
    this.#drop(linked, 'role', why);
    this.#deps.dropped();
  }

  tell(message: SessionMessage): void {
    for (const { session } of this.#links.values()) session.send(message);
  }

  close(code: ByeCode, why: string): void {
    for (const linked of [...this.#links.values()]) this.#drop(linked, code, why);
  }

  /** Matches in a neighbour's index. Fails with peer.* or search.*, or with the signal's reason. */
  ask(nodeId: NodeId, query: Query, signal: AbortSignal): Promise<Hits> {
    const linked = this.#links.get(nodeId);
    if (!linked) return Promise.reject(new AppError('peer.closed', { address: nodeId }));
    const { session, asked } = linked;
    const address = formatAddress(session.address);
    if (asked.size >= MAX_ASKED) return Promise.reject(new AppError('peer.busy', { address }));
    const askedAtMs = this.#deps.clock.monotonicMs();
    const slow = this.#deps.clock.setTimer(PING_AFTER_MS, () => session.pingNow());
    return new Promise<Hits>((resolve, reject) => {
      signal.addEventListener(
        'abort',
        () => {
          if (asked.has(query.id)) this.#unanswered(linked, askedAtMs);
          reject(signal.reason);
        },
        { once: true },
      );
      if (signal.aborted) return reject(signal.reason);
      asked.set(query.id, { resolve, reject });
      if (!session.send(askable(query, session))) reject(new AppError('peer.closed', { address }));
    }).finally(() => {
      slow.cancel();
      asked.delete(query.id);
    });
  }

  #take(linked: Linked, message: SessionMessage): void {
    const { session } = linked;
    switch (message.type) {
      case 'query':
        if (linked.asked.has(message.id)) this.#judge(linked, (record) => record.echoed());
        if (session.isOpen) this.#answer(linked, message);
        return;
      case 'hits':
        this.#answered(linked, message);
        return;
      case 'end':
        linked.asked
          .get(message.id)
          ?.reject(new AppError(message.error ?? 'peer.busy', { address: formatAddress(session.address) }));
        return;
      case 'load': {
        const { children = linked.entry.children, capacity = linked.entry.capacity } = message;
        linked.entry = { ...linked.entry, children, capacity };
        linked.load = message;
        this.#deps.cache.loaded(session.nodeId, { children, capacity });
        return;
      }
      case 'leaving':
        this.#deps.cache.heard(message.successors, session);
        this.#deps.cache.forget(session.nodeId);
        this.#drop(linked, 'role', 'it leaves');
        return;
      default:
        session.misbehaved(`${message.type} from a supernode`);
        return;
    }
  }

  #answered(linked: Linked, hits: Hits): void {
    const asked = linked.asked.get(hits.id);
    if (!asked) return;
    asked.resolve(hits);
    linked.asked.delete(hits.id);
    const { children } = linked.entry;
    this.#judge(linked, (record) => record.answered(hits, { children, nowMs: this.#deps.clock.monotonicMs() }));
  }

  /** The search went on without it. That counts when it had the time of a wave, and the link lived meanwhile: else the way to it was cut. */
  #unanswered(linked: Linked, askedAtMs: number): void {
    const hadMs = this.#deps.clock.monotonicMs() - askedAtMs;
    const isLate = hadMs >= this.#deps.settings()['search.wave-max-session'] && linked.session.heardMs > askedAtMs;
    if (isLate) this.#judge(linked, (record) => record.unanswered(this.#deps.clock.monotonicMs()));
  }

  /** Drops a bad one, and leaves it alone for a while. */
  #judge(linked: Linked, note: (record: NeighbourRecord) => void): void {
    note(linked.record);
    const fault = linked.record.fault(this.#deps.clock.monotonicMs());
    const { nodeId } = linked.session;
    if (fault === undefined || this.#links.get(nodeId) !== linked) return;
    this.#deps.cache.shun(nodeId, this.#deps.settings()['overlay.shun']);
    this.dismiss(nodeId, fault);
  }

  #answer(linked: Linked, query: Query): void {
    const { session } = linked;
    if (linked.answering >= MAX_ANSWERING) {
      this.#refuse(session, query);
      return;
    }
    linked.answering++;
    this.#deps.search
      .answer(query, { nodeId: session.nodeId, address: session.address })
      .then((hits) => {
        if (hits === undefined) this.#refuse(session, query);
        else session.sendText(hits);
      })
      .catch((thrown: unknown) => {
        this.#deps.logger.error('a query was not answered', { why: String(thrown) });
        this.#refuse(session, query);
      })
      .finally(() => {
        linked.answering--;
      });
  }

  #refuse(session: Session, { id }: Query): void {
    session.send({ type: 'end', id, reason: 'stopped', results: 0, error: 'peer.busy' });
  }

  #drop(linked: Linked | undefined, code: ByeCode, why: string): void {
    if (!linked) return;
    linked.session.receive(undefined);
    linked.session.close(code, why);
    this.#gone(linked, why);
  }

  #gone(linked: Linked, why: string): void {
    const { session, asked } = linked;
    const error = new AppError('peer.closed', { address: formatAddress(session.address) });
    for (const { reject } of asked.values()) reject(error);
    if (this.#links.get(session.nodeId) !== linked) return;
    this.#links.delete(session.nodeId);
    this.#deps.logger.info('lost a supernode', { node: session.nodeId, why });
    this.#deps.search.gone(session);
    this.#deps.changed();
  }

  /** Links of different direction and about the same age: both sides dialled. Crossing dials cannot be further apart than a handshake. */
  #areCrossing(old: Neighbour, isDialled: boolean): boolean {
    const ageMs = this.#deps.clock.monotonicMs() - old.session.openedMs;
    return old.isDialled !== isDialled && ageMs < this.#deps.settings()['overlay.request-timeout'];
  }

  /** Whether this side's link stays when both dialled: the lower NodeId's does. */
  #opensByRight(other: NodeId): boolean {
    return this.#deps.selfId < other;
  }
}

/** Without what an older version does not know. */
function askable(query: Query, session: Session): Query {
  if (query.voteSize === undefined || session.knows(SINCE.voteQueries)) return query;
  const { voteSize: _, ...older } = query;
  return older;
}
