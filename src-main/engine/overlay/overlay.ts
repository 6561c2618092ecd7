import { formatAddress } from '../../contract/address.ts';
import type { ElectionCondition } from '../../contract/election.ts';
import { AppError, toAppError } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { NetworkView, ParentView, Role as RoleName, RoleReason } from '../../contract/network.ts';
import type { SupernodeView } from '../../contract/outputs.ts';
import type { CallMessage } from '../nat/call-peer.ts';
import { Calls } from '../nat/calls.ts';
import { LineRates } from '../nat/line-rates.ts';
import { OwnReach } from '../nat/own-reach.ts';
import { ReachService } from '../nat/reach-service.ts';
import { Relays } from '../nat/relays.ts';
import type { IncomingRequest, OutgoingResponse, SessionLink } from '../ports/index.ts';
import { nameSupernodes } from '../supernode/name-supernodes.ts';
import { SupernodeService } from '../supernode/supernode-service.ts';
import { errorAnswer, jsonAnswer } from '../wire/http-answer.ts';
import type { SupernodeList } from '../wire/supernode-list.ts';
import { ByteCount } from './byte-count.ts';
import { Fitness } from './election/fitness.ts';
import { Rest } from './election/rest.ts';
import { Uptimes } from './election/uptimes.ts';
import { Greetings } from './greetings.ts';
import { awaitHello } from './handshake.ts';
import { HostCache } from './host-cache.ts';
import { toEntry } from './known-supernode.ts';
import { LanSearch } from './lan-search.ts';
import { LeafSide, type LeafSideDeps } from './leaf-side.ts';
import { withNamerAddress } from './namer-address.ts';
import type { OverlayDeps } from './overlay-deps.ts';
import { OverlayNetwork } from './overlay-network.ts';
import { type PlaceView, parentView, placeView, shownMs } from './place-view.ts';
import { Role } from './role.ts';
import { type SelfView, toAbout, toWelcome } from './self-view.ts';
import { Session, type SessionDeps } from './session.ts';
import { WorldsWatch } from './worlds-watch.ts';

/** What only a supernode answers. */
const SUPERNODE_PATHS = ['/children/self/files', '/query', '/reach', '/probe', '/call'];

/** This peer's place in the network: role, parents, children, neighbours. The composition root of overlay and supernode. */
export class Overlay {
  /** Reverse calls. */
  readonly calls: Calls;
  readonly relays: Relays;
  readonly #deps: OverlayDeps;
  readonly #sessionDeps: SessionDeps;
  readonly #self: SelfView;
  readonly #cache: HostCache;
  readonly #leaf: LeafSide;
  readonly #role: Role;
  readonly #network: OverlayNetwork;
  readonly #lan: LanSearch;
  readonly #worlds: WorldsWatch;
  readonly #reach: OwnReach;
  readonly #fitness: Fitness;
  readonly #reachService: ReachService;
  readonly #roleListeners = new Set<(role: RoleName) => void>();
  readonly #parentListeners = new Set<(parent: ParentView | undefined) => void>();
  readonly #greetings = new Greetings();
  readonly #duty = new ByteCount();
  #isRunning = false;
  #isRoleTold = false;

  constructor(deps: OverlayDeps) {
    this.#deps = deps;
    this.#sessionDeps = deps;
    this.#cache = new HostCache({ ...deps, self: deps.self });
    this.#self = this.#describeSelf();
    const rest = new Rest(deps);
    this.#reach = new OwnReach({
      ...deps,
      supernodes: () => this.#cache.nameable(),
      changed: () => this.#reachabilityChanged(),
    });
    this.#fitness = this.#measureSelf(rest);
    this.#reachService = new ReachService({ ...deps, lineUp: () => this.line.rates().up });
    this.#lan = new LanSearch(deps, () => this.#lookAgain());
    const queriesPerMinute = () => deps.search.perMinute();
    const shared = {
      ...{ ...deps, queriesPerMinute, rest, fitness: this.#fitness },
      onLoad: (listener: () => void) => this.#onLoad(listener),
      called: (from: Session, message: CallMessage) => this.calls.fromChild(from, message),
      ...{ self: this.#self, session: this.#sessionDeps, cache: this.#cache, duty: this.#duty },
      seenAt: (address: string) => this.#reach.doubts.seenAt(address),
      lan: this.#lan,
    };
    this.#leaf = new LeafSide(this.#leafDeps(shared));
    this.#role = new Role({
      ...shared,
      leaf: this.#leaf,
      changed: () => this.#tellRole(),
      makeService: () =>
        new SupernodeService({
          ...shared,
          met: (other, ours, theirs) => {
            if (this.counts().neighbours === 1) this.#reach.doubts.doubt();
            this.#role.met(other, ours, theirs);
          },
          changed: () => this.#role.serviceChanged(),
          refused: () => this.#role.refused(),
        }),
    });
    this.#worlds = new WorldsWatch({ ...shared, place: () => this.#standingWith(), changed: deps.worldsChanged });
    this.#network = new OverlayNetwork({ ...shared, leaf: this.#leaf, role: this.#role });
    this.relays = new Relays(deps);
    this.calls = new Calls({
      ...{ ...deps, relays: this.relays },
      isSupernode: () => this.#role.service !== undefined,
      parent: () => (this.#leaf.parent ?? this.#leaf.standby)?.session,
      child: (nodeId) => this.#role.service?.children.leaf(nodeId),
      port: (host) => this.#reach.portTowards(host),
      witness: (but) => this.#cache.nameable().find(({ nodeId }) => nodeId !== but),
      isKnownSupernode: (nodeId) => this.#isKnownSupernode(nodeId),
    });
  }

  /** What the search works with. */
  get network(): OverlayNetwork {
    return this.#network;
  }

  async start(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    await this.#cache.start();
    await this.#fitness.start();
    this.#lan.start();
    this.#role.start();
    this.#worlds.start();
  }

  /** Leaves cleanly: a supernode names successors. Idempotent. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    this.#greetings.close();
    this.#network.stop();
    this.calls.stop();
    this.relays.stop();
    await this.#worlds.stop();
    await this.#lan.stop();
    await this.#role.stop();
    await this.#fitness.stop();
    await this.#cache.stop();
  }

  /** To be called after a change of the settings supernode.role, discovery.lan, overlay.worlds-every and reach.map-port. */
  settingsChanged(): void {
    this.#lan.reconsider();
    this.#worlds.reconsider();
    this.#role.reconsider();
    this.#reach.mapping.reconsider();
  }

  role(): RoleName {
    return this.#self.role();
  }

  /** Why it has its role. */
  get why(): RoleReason {
    return this.#role.why;
  }

  parentView(): ParentView | undefined {
    const session = this.#leaf.parent?.session;
    return session && parentView(session);
  }

  counts(): { readonly children: number; readonly neighbours: number } {
    const service = this.#role.service;
    return { children: service?.children.count ?? 0, neighbours: service?.neighbours.count ?? 0 };
  }

  place(): PlaceView {
    return placeView(this.#leaf, this.#role, this.#deps.clock.monotonicMs());
  }

  /** What this peer needs to be a supernode, each condition with what was measured. */
  election(): readonly ElectionCondition[] {
    return this.#fitness.conditions();
  }

  /** Where `host` can connect to this peer, as far as is known. */
  portTowards(host: string): number | undefined {
    return this.#reach.portTowards(host);
  }

  /** False when others have tried, and nobody could. */
  get mayBeReached(): boolean {
    return this.#reach.reachability.state !== 'unreachable';
  }

  /** How fast this peer's line is. */
  get line(): LineRates {
    return this.#fitness.line;
  }

  reachability(): NetworkView['reachability'] {
    return this.#reach.view();
  }

  /** What is known of others in the local network, and of a second network. */
  surroundings(): Pick<NetworkView, 'lan' | 'worlds'> {
    return { lan: this.#lan.view(), worlds: this.#worlds.view() };
  }

  /** What the work as a supernode carried since the start. */
  duty(): Pick<NetworkView['duty'], 'bytesUp' | 'bytesDown'> {
    return { bytesUp: this.#duty.up, bytesDown: this.#duty.down };
  }

  /** Every supernode known, with what it is to this peer. */
  supernodes(): readonly SupernodeView[] {
    const { parent, standby } = this.#leaf;
    const linked = [
      ...(parent ? [toView(parent.session, 'parent')] : []),
      ...(standby ? [toView(standby.session, 'standby')] : []),
      ...(this.#role.service?.neighbours.all() ?? []).map(({ entry, session }) => ({
        ...toView(session, 'neighbour'),
        address: entry.address,
        children: entry.children,
      })),
    ];
    const seen = new Set(linked.map(({ node }) => node));
    const others = this.#cache.all().filter(({ nodeId }) => !seen.has(nodeId));
    const rest = others.map(({ nodeId, address, tried, rttMs = null, children = null }) => {
      return { node: nodeId, address, state: tried ? ('tried' as const) : ('new' as const), rttMs, children };
    });
    return [...linked, ...rest].map((view) => ({
      ...view,
      children: this.#cache.get(view.node)?.children ?? view.children,
    }));
  }

  /** Told when the role is settled for the first time (a parent was found, or this peer serves), and at every change. */
  onRole(listener: (role: RoleName) => void): () => void {
    this.#roleListeners.add(listener);
    return () => this.#roleListeners.delete(listener);
  }

  onParentView(listener: (parent: ParentView | undefined) => void): () => void {
    this.#parentListeners.add(listener);
    return () => this.#parentListeners.delete(listener);
  }

  /** Takes a session that another peer opened. */
  session(link: SessionLink): void {
    const session = new Session(link, this.#sessionDeps, { isOpener: false });
    if (!this.#isRunning) {
      session.close('stopping', 'this peer stops');
      return;
    }
    if (!this.#greetings.add(session)) {
      session.close('full', 'too many handshakes');
      return;
    }
    this.#greet(session)
      .catch((thrown: unknown) => {
        session.close('protocol', 'no handshake');
        this.#deps.logger.debug('no handshake', { node: session.nodeId, why: toAppError(thrown).message });
      })
      .finally(() => this.#greetings.ended(session));
  }

  /** Answers `/about`, `/seen`, `/supernodes`, `/children/self/files`, `/query`, `/reach`, `/probe` and `/call`; undefined for every other path. */
  async handle(request: IncomingRequest): Promise<OutgoingResponse | undefined> {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (request.path === '/about' && isRead) return jsonAnswer(toAbout(this.#self));
    if (request.path === '/supernodes' && isRead) return this.#supernodeList(request);
    if (request.path === '/seen' && isRead) return jsonAnswer({ seen: formatAddress(request.remote.address) });
    const { service } = this.#role;
    for (const desk of service ? [service, this.#reachService, this.calls] : []) {
      const answer = await desk.handle(request);
      if (answer) return answer;
    }
    if (!SUPERNODE_PATHS.includes(request.path)) return undefined;
    return errorAnswer(404, new AppError('peer.refused', { address: 'this peer', why: 'it is no supernode' }));
  }

  /** Reached by this peer itself, or linked with it. */
  #isKnownSupernode(nodeId: NodeId): boolean {
    const isReached = this.#cache.get(nodeId)?.tried || this.#role.service?.neighbours.get(nodeId) !== undefined;
    return isReached && !this.#cache.isShunned(nodeId);
  }

  #supernodeList({ remote, query }: IncomingRequest): OutgoingResponse {
    const order = query.get('order') === 'random' ? 'random' : 'near';
    const known = this.#cache.nameable().filter(({ nodeId }) => nodeId !== remote.nodeId);
    const list: SupernodeList = {
      about: toAbout(this.#self),
      supernodes: [...nameSupernodes(known, remote.address.host, order)],
    };
    return jsonAnswer(list);
  }

  async #greet(session: Session): Promise<void> {
    const hello = await awaitHello(session, this.#sessionDeps);
    if (this.#role.service) return this.#role.service.accept(session, hello);
    session.send(toWelcome(this.#self, session, { accepted: false, others: this.#cache.nameable().map(toEntry) }));
    session.close('role', 'no supernode');
  }

  #describeSelf(): SelfView {
    const { self, settings, listen, library } = this.#deps;
    return {
      nodeId: self,
      settings,
      listen,
      portTowards: (host) => this.#reach.portTowards(host),
      newPortTowards: (host) => this.#reach.newPortTowards(host),
      totals: () => library.totals(),
      role: () => (this.#role.service ? 'supernode' : 'leaf'),
      isAlone: () => this.#role.isAlone,
      children: () => this.#role.service?.children.count ?? 0,
      capacity: () => this.#role.capacity,
      uptimeSeconds: () => this.#role.uptimeSeconds,
    };
  }

  #measureSelf(rest: Rest): Fitness {
    const { uptimeStore: store, bestRates: transfers, ...deps } = this.#deps;
    const supernodes = () => this.#cache.nameable();
    return new Fitness({
      ...{ ...deps, rest, reach: this.#reach },
      line: new LineRates({ ...deps, supernodes, transfers }),
      uptimes: new Uptimes({ ...deps, store }),
    });
  }

  /** Who vouches for a peer that nobody can reach is told: its children could not be found. */
  #reachabilityChanged(): void {
    const isVouched = this.#deps.settings()['supernode.role'] === 'always';
    const { state, isShut } = this.#reach.reachability;
    if (isVouched && state === 'unreachable' && !isShut)
      this.#deps.logger.warn('this supernode cannot be reached from outside: open its port in the router or firewall');
    if (isShut) this.#role.unreachable();
    this.#fitness.look();
  }

  /** What a parent is told changed: the load, or the port. */
  #onLoad(listener: () => void): () => void {
    const stops = [this.#deps.onLoad(listener), this.#reach.onPort(listener)];
    return () => {
      for (const stop of stops) stop();
    };
  }

  #leafDeps(
    shared: Omit<
      LeafSideDeps,
      'invited' | 'isChild' | 'message' | 'gone' | 'parentChanged' | 'standbyFound' | 'notJoined'
    >,
  ): LeafSideDeps {
    const { search } = this.#deps;
    return {
      ...shared,
      message: (from, linkRole, message) => {
        if (message.type === 'call' || message.type === 'called') this.calls.fromParent(from, message);
        else search.message(from, linkRole, message.type === 'hits' ? withNamerAddress(message, from) : message);
      },
      gone: (from) => search.gone(from),
      parentChanged: () => this.#tellParent(),
      standbyFound: () => this.#network.tellServers(),
      notJoined: (why) => this.#role.notJoined(why),
      invited: (urgent) => this.#role.invited(urgent),
      // The one before may have been lost with the way to this peer.
      isChild: () => this.#reach.doubts.doubt(),
    };
  }

  /** Somebody announced itself: worth trying for who has nobody yet. */
  #lookAgain(): void {
    const { service, isAlone } = this.#role;
    if (service && isAlone) service.lookAgain();
    if (!service && !this.#leaf.parent) this.#leaf.lookAgain();
  }

  /** The parent; for a supernode one that it is linked with. */
  #standingWith(): Session | undefined {
    return this.#leaf.parent?.session ?? this.#role.service?.neighbours.all()[0]?.session;
  }

  #tellRole(): void {
    this.#isRoleTold = true;
    for (const listener of this.#roleListeners) listener(this.role());
  }

  #tellParent(): void {
    this.#role.parentChanged();
    if (!this.#leaf.parent) this.#lan.lookAgain();
    this.#network.tellParent();
    for (const listener of this.#parentListeners) listener(this.parentView());
    if (this.#leaf.parent && !this.#isRoleTold) this.#tellRole();
  }
}

function toView({ nodeId, address, rttMs }: Session, state: SupernodeView['state']): SupernodeView {
  return { node: nodeId, address, state, rttMs: rttMs === undefined ? null : shownMs(rttMs), children: null };
}
