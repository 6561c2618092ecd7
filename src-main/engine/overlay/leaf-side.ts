import { formatAddress } from '../../contract/address.ts';
import { toAppError } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import { setLast } from '../set-last.ts';
import type { ByeCode } from '../wire/messages/bye.ts';
import type { SupernodeEntry } from '../wire/messages/supernode-entry.ts';
import type { SessionMessage } from '../wire/session-message.ts';
import { askSupernodes, noteFailure } from './ask-supernode.ts';
import { type GreetDeps, type Greeted, openSession } from './handshake.ts';
import {
  type Attached,
  chooseStandby,
  type JoiningDeps,
  type JoinResult,
  join,
  type Pinged,
  pingBest,
} from './joining.ts';
import { toEntry } from './known-supernode.ts';
import type { Uploaded } from './metadata-upload.ts';
import { ParentLink, type ParentLinkDeps } from './parent-link.ts';
import { Pause } from './pause.ts';
import { type SelfView, toHello } from './self-view.ts';
import type { Session } from './session.ts';

export type LeafSideDeps = JoiningDeps &
  GreetDeps &
  Omit<ParentLinkDeps, 'uploadedTo' | 'message' | 'leaving' | 'lost'> & {
    readonly self: SelfView;
    readonly message: (from: Session, linkRole: 'parent' | 'standby', message: SessionMessage) => void;
    readonly gone: (from: Session) => void;
    readonly parentChanged: () => void;
    readonly standbyFound: () => void;
    /** An attempt to find a parent ended without one. */
    readonly notJoined: (why: 'full' | 'nobody') => void;
  };

/** Where a leaf stands: `attaching` = somebody answered, so that a parent is likely soon. */
export type LeafState = 'attached' | 'attaching' | 'looking';

/** First pause before looking again; it doubles up to the setting overlay.look-max, or overlay.look-min while nobody at all is in contact. */
const FIRST_PAUSE_MS = 1000;
/** Supernodes asked for a warm place in one go. */
const STANDBY_TRIES = 3;
/** The list of a parent is asked for again after this: what is in it is true for about as long as a supernode stays. */
const REFILL_MS = 10 * 60_000;
/** Parents whose holdings are remembered, so that a blip or a fail-over and back costs no upload. */
const REMEMBERED_UPLOADS = 3;

/** The leaf's side of the overlay: finds a parent and a warm second one, and keeps both. */
export class LeafSide {
  readonly #deps: LeafSideDeps;
  readonly #uploaded = new Map<string, Uploaded>();
  #pause: Pause;
  #running: AbortController | undefined;
  #loop: Promise<void> = Promise.resolve();
  #parent: ParentLink | undefined;
  #standby: ParentLink | undefined;
  #standbySearch: AbortController | undefined;
  #successors: readonly SupernodeEntry[] = [];
  /** Somebody answered since there is no parent. */
  #isAnswered = false;
  /** When somebody gave a list of supernodes last, monotonic ms. */
  #listedMs = Number.NEGATIVE_INFINITY;
  readonly #lostCount = { parents: 0, standbys: 0 };

  constructor(deps: LeafSideDeps) {
    this.#deps = deps;
    this.#pause = new Pause(deps);
  }

  get parent(): ParentLink | undefined {
    return this.#parent;
  }

  get standby(): ParentLink | undefined {
    return this.#standby;
  }

  /** How many were lost since the start, those that took leave too. */
  get lost(): { readonly parents: number; readonly standbys: number } {
    return this.#lostCount;
  }

  get state(): LeafState {
    if (this.#parent) return 'attached';
    return this.#isAnswered ? 'attaching' : 'looking';
  }

  /** Begins to look; `first` is a parent that has already accepted this peer. */
  start(first?: Greeted): void {
    if (this.#running) return;
    const running = new AbortController();
    this.#running = running;
    this.#pause = new Pause(this.#deps);
    if (first) this.#adopt(new ParentLink(this.#linkDeps(), first, 'parent'));
    this.#loop = this.#run(running.signal).catch((thrown: unknown) => {
      if (!running.signal.aborted) this.#deps.logger.error('looking for a parent failed', { why: String(thrown) });
    });
  }

  /** Looks for what is missing now, instead of after a pause. */
  lookAgain(): void {
    this.#pause.kick();
  }

  /** It served badly, and is shunned: as parent it is replaced by the warm one, as warm one by another. */
  dismiss(nodeId: NodeId, why: string): void {
    const link = [this.#parent, this.#standby].find((one) => one?.session.nodeId === nodeId);
    if (!link) return;
    link.close('role', why);
    this.#lost(link, why);
  }

  /** Leaves both parents. Idempotent. */
  async stop(code: ByeCode): Promise<void> {
    this.#running?.abort();
    this.#running = undefined;
    this.#pause.end();
    const links = [this.#parent, this.#standby];
    if (this.#parent) this.#noteServed(this.#parent);
    this.#parent = undefined;
    this.#standby = undefined;
    for (const link of links) if (link) this.#drop(link, code);
    await this.#loop;
  }

  async #run(signal: AbortSignal): Promise<void> {
    let pauseMs = FIRST_PAUSE_MS;
    while (!signal.aborted) {
      const startedMs = this.#deps.clock.monotonicMs();
      const before = [this.#parent, this.#standby];
      const isComplete = await this.#fill(signal);
      const hasChanged = before[0] !== this.#parent || before[1] !== this.#standby;
      const mostMs = this.#deps.settings()[this.#deps.cache.isCutOff ? 'overlay.look-min' : 'overlay.look-max'];
      pauseMs = hasChanged ? FIRST_PAUSE_MS : Math.min(2 * pauseMs, mostMs);
      if (signal.aborted) return;
      const wasKicked = await this.#pause.wait(isComplete ? undefined : pauseMs);
      if (wasKicked) pauseMs = FIRST_PAUSE_MS;
      // A supernode that takes this peer and drops it at once must not make it spin.
      await this.#deps.clock.sleep(Math.max(0, startedMs + FIRST_PAUSE_MS - this.#deps.clock.monotonicMs()), signal);
    }
  }

  /** False when something is still missing. */
  async #fill(signal: AbortSignal): Promise<boolean> {
    if (!this.#parent && !(await this.#findParent(signal))) return false;
    if (!this.#deps.settings()['overlay.standby'] || this.#standby) return true;
    // A parent that is lost meanwhile is looked for at once, whatever a warm one may take to answer.
    const search = new AbortController();
    this.#standbySearch = search;
    const isFound = await this.#findStandby(AbortSignal.any([signal, search.signal]));
    // What was found is kept when the parent is lost.
    this.#standbySearch = undefined;
    return isFound;
  }

  async #findParent(signal: AbortSignal): Promise<boolean> {
    const first = this.#successors;
    this.#successors = [];
    const shunned = this.#deps.cache.shunned();
    let result = await this.#join(first, shunned, signal);
    // A bad one is better than none.
    if (result.kind !== 'attached' && shunned.size > 0 && !signal.aborted)
      result = await this.#join([], new Set(), signal);
    if (signal.aborted) {
      if (result.kind === 'attached') result.link.close('stopping', 'too late');
      return false;
    }
    if (result.kind === 'attached') return this.#adopt(result.link);
    this.#deps.notJoined(result.kind);
    return false;
  }

  /** False for one that has ended since it took this peer: nobody would tell of its end again. */
  #adopt(link: ParentLink): boolean {
    const { isOpen, nodeId, address } = link.session;
    if (isOpen) this.#setParent(link);
    else this.#deps.cache.failed(nodeId, address);
    return isOpen;
  }

  #join(
    first: readonly SupernodeEntry[],
    avoid: ReadonlySet<NodeId>,
    signal: AbortSignal,
  ): Promise<JoinResult<ParentLink>> {
    return join(this.#deps, {
      avoid,
      first,
      attach: (entry) => this.#attach(entry, 'parent', signal),
      onAnswer: () => {
        this.#isAnswered = true;
        this.#listedMs = this.#deps.clock.monotonicMs();
      },
      signal,
    });
  }

  async #findStandby(signal: AbortSignal): Promise<boolean> {
    const parent = this.#parent;
    if (!parent) return false;
    let best = await this.#standbys(parent, signal);
    for (let tries = 0; tries < STANDBY_TRIES && !signal.aborted; tries++) {
      const chosen = chooseStandby(this.#deps.random, best, parent.session.host);
      if (!chosen) return false;
      best = best.filter((one) => one !== chosen);
      const attached = await this.#attach(chosen.entry, 'standby', signal);
      if (attached.kind === 'attached') return this.#keepStandby(attached.link, parent);
    }
    return false;
  }

  /** A few supernodes that could be the warm one, best first. Pinged once: what counts is that they are there. */
  async #standbys(parent: ParentLink, signal: AbortSignal): Promise<readonly Pinged[]> {
    const { cache, clock } = this.#deps;
    const others = () => cache.candidates().filter(({ nodeId }) => nodeId !== parent.session.nodeId);
    const fine = () => others().filter(({ nodeId, failures }) => failures === 0 && !cache.isShunned(nodeId));
    const isStale = clock.monotonicMs() - this.#listedMs >= REFILL_MS;
    if (isStale || fine().length === 0) await this.#refill(parent, signal);
    const known = fine().length > 0 ? fine() : others();
    return pingBest(this.#deps, known.map(toEntry), signal, 1);
  }

  #keepStandby(link: ParentLink, parent: ParentLink): boolean {
    const isNeeded = this.#parent === parent && link.session.isOpen;
    if (isNeeded) this.#standby = link;
    else link.close('role', 'not needed');
    if (isNeeded) this.#deps.standbyFound();
    return isNeeded;
  }

  /** The cache is kept fresh from the parent's list. */
  async #refill({ session: { nodeId, address } }: ParentLink, signal: AbortSignal): Promise<void> {
    this.#listedMs = this.#deps.clock.monotonicMs();
    try {
      await askSupernodes(this.#deps, { nodeId, address }, signal);
    } catch (thrown) {
      // What the cache has must do.
      this.#deps.logger.debug('no list from the parent', { why: toAppError(thrown).message });
    }
  }

  async #attach(
    { nodeId, address }: SupernodeEntry,
    role: 'parent' | 'standby',
    signal: AbortSignal,
  ): Promise<Attached<ParentLink>> {
    const { cache, self } = this.#deps;
    try {
      const hello = toHello(self, role === 'parent' ? 'leaf' : 'standby', address.host);
      const greeted = await openSession(this.#deps, { nodeId, address }, hello, signal);
      return this.#welcomed(greeted, role);
    } catch (thrown) {
      const error = toAppError(thrown);
      if (!signal.aborted) noteFailure(cache, nodeId, address, thrown);
      const log = error.code === 'peer.version' ? 'warn' : 'debug';
      this.#deps.logger[log]('a supernode did not take this peer', { node: nodeId, why: error.message });
      return { kind: 'failed' };
    }
  }

  #welcomed(greeted: Greeted, role: 'parent' | 'standby'): Attached<ParentLink> {
    const { session, welcome } = greeted;
    const { children, capacity, uptimeSeconds, others } = welcome;
    const { nodeId, address } = session;
    this.#deps.cache.heard(others, session);
    const isSupernode = capacity > 0;
    if (isSupernode) {
      const entry = { nodeId, address, children, capacity, uptimeSeconds };
      this.#deps.cache.reached({ entry, rttMs: session.rttMs });
    } else this.#deps.cache.forget(nodeId);
    if (welcome.accepted) {
      return { kind: 'attached', link: new ParentLink(this.#linkDeps(), greeted, role) };
    }
    session.close('role', 'no place');
    return { kind: 'refused', isFull: isSupernode, others };
  }

  #linkDeps(): ParentLinkDeps {
    return {
      ...this.#deps,
      uploadedTo: (session, epoch) => this.#uploadedTo(session.nodeId, epoch),
      message: (link, message) => this.#deps.message(link.session, link.role, message),
      leaving: (link, successors) => this.#leaving(link, successors),
      lost: (link, why) => this.#lost(link, why),
    };
  }

  #uploadedTo(nodeId: NodeId, epoch: string): Uploaded {
    const key = `${nodeId} ${epoch}`;
    const uploaded = this.#uploaded.get(key) ?? { files: new Map(), digest: '' };
    setLast(this.#uploaded, [key, uploaded], REMEMBERED_UPLOADS);
    return uploaded;
  }

  #leaving(link: ParentLink, successors: readonly SupernodeEntry[]): void {
    const { cache } = this.#deps;
    cache.heard(successors, link.session);
    cache.forget(link.session.nodeId);
    if (link === this.#parent) this.#successors = successors;
    link.close('role', 'it leaves');
    this.#lost(link, 'it leaves');
  }

  #lost(link: ParentLink, why: string): void {
    this.#deps.gone(link.session);
    if (link === this.#standby) {
      this.#lostCount.standbys++;
      this.#standby = undefined;
    }
    if (link === this.#parent) {
      this.#lostCount.parents++;
      this.#standbySearch?.abort();
      this.#noteServed(link);
      this.#deps.cache.failed(link.session.nodeId, link.session.address);
      this.#deps.logger.info('lost the parent', { node: link.session.nodeId, why });
      const next = this.#standby;
      this.#standby = undefined;
      this.#parent = undefined;
      next?.promote();
      this.#setParent(next);
    }
    this.#pause.kick();
  }

  #setParent(link: ParentLink | undefined): void {
    this.#parent = link;
    this.#isAnswered = false;
    if (link)
      this.#deps.logger.info('has a parent', {
        node: link.session.nodeId,
        address: formatAddress(link.session.address),
      });
    this.#deps.parentChanged();
  }

  #noteServed(link: ParentLink): void {
    this.#deps.cache.served(link.session.nodeId, this.#deps.clock.monotonicMs() - link.sinceMs);
  }

  #drop(link: ParentLink, code: ByeCode): void {
    link.close(code, 'this peer leaves');
    this.#deps.gone(link.session);
  }
}
