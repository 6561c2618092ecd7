import { formatAddress } from '../../contract/address.ts';
import { AppError, toAppError } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import { utf8Length } from '../../contract/utf8.ts';
import { askAbout } from '../overlay/ask-supernode.ts';
import type { ByteCount } from '../overlay/byte-count.ts';
import { toEntry } from '../overlay/known-supernode.ts';
import { MetadataUpload, type MetadataUploadDeps } from '../overlay/metadata-upload.ts';
import { NOT_WANTED, type OverlayDeps } from '../overlay/overlay-deps.ts';
import { toWelcome } from '../overlay/self-view.ts';
import type { Session } from '../overlay/session.ts';
import type { IncomingRequest, OutgoingResponse } from '../ports/index.ts';
import { randomId } from '../shuffle.ts';
import type { Holding } from '../wire/holding.ts';
import { HoldingDigest } from '../wire/holding-digest.ts';
import { errorAnswer, JSON_TYPE, readJson } from '../wire/http-answer.ts';
import { MESSAGE_LENGTHS } from '../wire/limits.ts';
import type { Hello } from '../wire/messages/hello.ts';
import type { Load } from '../wire/messages/load.ts';
import { querySchema } from '../wire/messages/query.ts';
import type { SupernodeEntry } from '../wire/messages/supernode-entry.ts';
import { Acquaintance } from './acquaintance.ts';
import { ChildUploads } from './child-uploads.ts';
import { type Child, Children, type ChildrenDeps } from './children.ts';
import { IslandProbe } from './island-probe.ts';
import { LinkTurnover } from './link-turnover.ts';
import { LoadNews } from './load-news.ts';
import { NeighbourSearch, type NeighbourSearchDeps } from './neighbour-search.ts';
import { Neighbours } from './neighbours.ts';

export type SupernodeServiceDeps = Omit<NeighbourSearchDeps, 'neighbours' | 'met'> &
  MetadataUploadDeps &
  Pick<OverlayDeps, 'index' | 'search' | 'strike' | 'votes' | 'whyShut'> & {
    /** What serving costs is counted here. */
    readonly duty: ByteCount;
    /** Two supernodes met; figures as they were told to each other. */
    readonly met: (other: SupernodeEntry, ours: Standing, theirs: Standing) => void;
    readonly changed: () => void;
    /** There was no place for a leaf, which was sent away or taken all the same. */
    readonly refused: () => void;
    readonly queriesPerMinute: () => number;
    readonly called: ChildrenDeps['called'];
  };

/** What decides which of two supernodes that meet becomes a leaf. */
export type Standing = { readonly children: number; readonly uptimeSeconds: number; readonly alone: boolean };

/** Successors in `leaving`: enough for all children to find a place. */
const MAX_SUCCESSORS = 20;
const EPOCH_BYTES = 16;
const RETRY_AFTER = { 'retry-after': '1' };

/** The work of a supernode while this peer is one: children, neighbours, the index, and what is asked over HTTP. */
export class SupernodeService {
  readonly children: Children;
  readonly neighbours: Neighbours;
  readonly #deps: SupernodeServiceDeps;
  readonly #uploads: ChildUploads;
  readonly #search: NeighbourSearch;
  readonly #probe: IslandProbe;
  readonly #turnover: LinkTurnover;
  readonly #acquaintance: Acquaintance;
  /** A digest of another start says nothing: the index begins empty. */
  readonly #epoch: string;
  readonly #loadNews: LoadNews;
  #ownUpload: MetadataUpload | undefined;
  #isOn = false;

  constructor(deps: SupernodeServiceDeps) {
    this.#deps = deps;
    this.#epoch = randomId(deps.random, EPOCH_BYTES);
    const changed = () => this.#changed();
    const promote = (child: Child, hello: Hello) => this.#promote(child, hello);
    this.children = new Children({ ...deps, capacity: () => deps.self.capacity(), promote, changed });
    this.neighbours = new Neighbours({
      ...deps,
      selfId: deps.self.nodeId,
      changed,
      dropped: () => this.#search.lookAgain(),
    });
    const tell = (load: Load) => this.neighbours.tell(load);
    this.#loadNews = new LoadNews({ ...deps, load: () => this.#load(), tell });
    this.#uploads = new ChildUploads({ ...deps, children: this.children });
    this.#search = new NeighbourSearch({
      ...deps,
      neighbours: this.neighbours,
      met: (session, ours, theirs) => {
        session.send(this.#load());
        this.#met(session.nodeId, toStanding(ours), toStanding(theirs));
      },
    });
    const links = { neighbours: this.neighbours, search: this.#search };
    this.#probe = new IslandProbe({ ...deps, ...links });
    this.#turnover = new LinkTurnover({ ...deps, ...links });
    this.#acquaintance = new Acquaintance({ ...deps, neighbours: this.neighbours });
  }

  start(): void {
    this.#isOn = true;
    this.#indexOwnLibrary();
    this.#search.start();
    this.#probe.start();
    this.#turnover.start();
    this.#acquaintance.start();
  }

  /** Looks for other supernodes now. */
  lookAgain(): void {
    this.#search.lookAgain();
  }

  /** Hands over: children and neighbours learn who comes next. Idempotent. */
  async stop(successors: readonly SupernodeEntry[]): Promise<void> {
    if (!this.#isOn) return;
    this.#isOn = false;
    this.#loadNews.stop();
    this.#ownUpload?.stop();
    const leaving = { type: 'leaving', successors: successors.slice(0, MAX_SUCCESSORS) } as const;
    this.children.tell(leaving);
    this.neighbours.tell(leaving);
    this.neighbours.close('role', 'no supernode any more');
    this.children.close('role', 'no supernode any more');
    const workers = [this.#search, this.#probe, this.#turnover, this.#acquaintance];
    await Promise.all([...workers.map((worker) => worker.stop()), this.#deps.index.clear()]);
  }

  /** Takes a session whose hello has come. */
  async accept(session: Session, hello: Hello): Promise<void> {
    const { role } = hello;
    const { nodeId, host } = session;
    // Its connection may be older than what it is shut out for.
    if (this.#deps.whyShut?.({ nodeId, hosts: [host] })) return session.close('banned', NOT_WANTED);
    if (role === 'supernode') return this.#acceptNeighbour(session, hello);
    const isHere = this.children.get(nodeId)?.role === role;
    const hasPlace = isHere || this.children.hasPlace(role);
    if (!this.#isOn || !hasPlace) {
      if (this.#isOn && role === 'leaf') this.#deps.refused();
      return this.refuse(session);
    }
    // Nothing that more supernodes would help against.
    if (!isHere && this.children.isCrowded(role, host)) return this.refuse(session, 'enough of its network');
    this.#replaceOlder(nodeId);
    await this.#welcome(this.children.add(session, { ...hello, role }));
  }

  /** Says that there is no place here, and who may have one. */
  refuse(session: Session, why = 'no place here'): void {
    session.send(this.#welcomeMessage(session, { accepted: false }));
    session.close(this.#isOn ? 'full' : 'role', why);
  }

  /** `/children/self/files` and `/query`; undefined for other paths. */
  async handle(request: IncomingRequest): Promise<OutgoingResponse | undefined> {
    if (request.method !== 'POST') return undefined;
    if (request.path === '/children/self/files') return this.#uploads.handle(request);
    if (request.path === '/query') return this.#query(request);
    return undefined;
  }

  async #query(request: IncomingRequest): Promise<OutgoingResponse> {
    const { nodeId, address } = request.remote;
    const fail = (status: number, why: string) =>
      errorAnswer(status, new AppError('peer.refused', { address: address.host, why }));
    if (nodeId === undefined) return fail(403, 'a certificate is needed');
    const body = await request.body(MESSAGE_LENGTHS.query);
    this.#deps.duty.down += body.length;
    const query = readJson(querySchema, { body });
    if (!query) {
      this.#deps.strike(request.remote, 'a malformed query');
      return fail(400, 'not a query');
    }
    const hits = await this.#deps.search.answer(query, { nodeId, address });
    if (hits === undefined)
      return errorAnswer(503, new AppError('peer.busy', { address: 'this supernode' }), RETRY_AFTER);
    this.#deps.duty.up += utf8Length(hits);
    return { status: 200, headers: JSON_TYPE, body: hits };
  }

  async #welcome(child: Child): Promise<void> {
    const { session, role } = child;
    const holding = role === 'leaf' ? await this.#deps.index.holding(session.nodeId) : undefined;
    if (holding) child.files = holding.files;
    session.send(this.#welcomeMessage(session, { accepted: true, id: child.id, ...(holding && { holding }) }));
    this.children.listen(child);
  }

  #promote(child: Child, hello: Hello): void {
    if (!this.children.hasPlace('leaf')) this.#deps.refused();
    if (!this.children.canPromote(child.session.host)) {
      this.refuse(child.session);
      return;
    }
    this.children.becameLeaf(child);
    child.session.receive(undefined);
    this.#welcome(child).catch((thrown: unknown) => {
      this.#deps.logger.error('a standby was not promoted', { why: toAppError(thrown).message, role: hello.role });
      child.session.close('role', 'internal error');
    });
  }

  #acceptNeighbour(session: Session, hello: Hello): void {
    const { nodeId, host } = session;
    const [listen] = hello.listen;
    const hasPlace = () => this.neighbours.hasPlace(nodeId, host) || this.neighbours.makeRoom(nodeId, host);
    if (!this.#isOn || !listen || !hasPlace()) {
      this.refuse(session);
      return;
    }
    const { children = 0, capacity = 0, uptimeSeconds = 0, version, name } = hello;
    const entry = { nodeId, address: { host, port: listen.port }, children, capacity, uptimeSeconds };
    this.children.replace(nodeId);
    if (!this.neighbours.add(session, entry, { isDialled: false, version, name })) return;
    const welcome = this.#welcomeMessage(session, { accepted: true });
    session.send(welcome);
    session.send(this.#load());
    this.#verify(entry);
    this.#met(nodeId, toStanding(welcome), toStanding(hello));
  }

  /** It is named to others only when this peer has reached it itself. */
  #verify({ nodeId, address }: SupernodeEntry): void {
    askAbout(this.#deps, { nodeId, address }).catch((thrown: unknown) => {
      const fields = { node: nodeId, address: formatAddress(address), why: toAppError(thrown).message };
      this.#deps.logger.info('a neighbour cannot be reached and is not named to others', fields);
    });
  }

  #met(nodeId: NodeId, ours: Standing, theirs: Standing): void {
    const neighbour = this.neighbours.get(nodeId);
    if (neighbour) this.#deps.met(neighbour.entry, ours, theirs);
  }

  #replaceOlder(nodeId: NodeId): void {
    this.children.replace(nodeId);
    this.neighbours.replace(nodeId);
  }

  #welcomeMessage(
    session: Session,
    answer: { readonly accepted: boolean; readonly id?: string; readonly holding?: Holding },
  ) {
    const { accepted, id, holding } = answer;
    const nameable = this.#deps.cache.nameable().map(toEntry);
    // Whoever is sent away should not be sent to full ones.
    const known = accepted ? nameable : [...nameable.filter(hasPlace), ...nameable.filter((one) => !hasPlace(one))];
    return toWelcome(this.#deps.self, session, {
      accepted,
      epoch: this.#epoch,
      others: known,
      ...(id !== undefined && { session: id }),
      ...(holding && { holding }),
    });
  }

  #changed(): void {
    this.#deps.changed();
    if (this.#isOn) this.#loadNews.changed();
  }

  #load(): Load {
    const { self, settings, queriesPerMinute } = this.#deps;
    return {
      type: 'load',
      children: this.children.count,
      capacity: self.capacity(),
      fullCapacity: settings()['supernode.children'],
      queriesPerMinute: queriesPerMinute(),
    };
  }

  /** Its own files are found like a child's; they have no limit. */
  #indexOwnLibrary(): void {
    const { index, self, logger } = this.#deps;
    // Nothing is there yet: `stop` clears the index.
    const empty: Holding = { files: 0, digest: new HoldingDigest(this.#deps.sha256).value() };
    const limits = { files: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER };
    this.#ownUpload = new MetadataUpload(
      this.#deps,
      {
        maxFiles: limits.files,
        send: async (packed, { reset }) => {
          if (reset) await index.drop(self.nodeId);
          await index.setPresent(self.nodeId, true);
          if (!this.#isOn) throw new AppError('internal', { why: 'no supernode any more' });
          const result = await index.apply(self.nodeId, packed, limits);
          if (result.ok) return result.holding;
          throw new AppError('internal', { why: `the own index refused: ${result.why}` });
        },
        failed: (error) => logger.error('the own library is not indexed', { why: error.message }),
      },
      { files: new Map(), digest: empty.digest },
    );
    this.#ownUpload.start(empty);
  }
}

const hasPlace = ({ children, capacity }: SupernodeEntry): boolean => children < capacity;

function toStanding({ children = 0, uptimeSeconds = 0, alone = false }: Partial<Standing>): Standing {
  return { children, uptimeSeconds, alone };
}
