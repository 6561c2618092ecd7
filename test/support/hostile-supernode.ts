import { randomBytes } from 'node:crypto';
import { formatAddress, formatTarget, type KnownPeer, type PeerAddress } from '../../src-main/contract/address.ts';
import type { NodeId } from '../../src-main/contract/ids.ts';
import type { Hit } from '../../src-main/contract/search.ts';
import type {
  IncomingRequest,
  LinkHandler,
  Listening,
  OutgoingResponse,
  SessionLink,
} from '../../src-main/engine/ports/index.ts';
import { jsonAnswer } from '../../src-main/engine/wire/http-answer.ts';
import type { Query } from '../../src-main/engine/wire/messages/query.ts';
import type { SupernodeEntry } from '../../src-main/engine/wire/messages/supernode-entry.ts';
import { decodeMessage, encodeMessage, type SessionMessage } from '../../src-main/engine/wire/session-message.ts';
import { PROTOCOL_VERSION } from '../../src-main/engine/wire/version.ts';
import { makeDial } from '../../src-main/platform/links/dial.ts';
import { TlsLinks } from '../../src-main/platform/links/tls-links.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { MemoryMetadataIndex } from '../../src-main/simulator/memory-metadata-index.ts';
import { makeTestIdentity } from './link-world.ts';

/** What it says to whoever asks. */
export type Lies = {
  /** Other supernodes. */
  readonly named: () => readonly SupernodeEntry[];
  readonly hits: (query: Query) => readonly Hit[];
};

const STANDING = { children: 3, capacity: 10_000, uptimeSeconds: 1_000_000 };
const UPLOAD_BYTES = 2 ** 20;
const IN_WELCOME = 20;
const IN_ANSWER = 8;
const ID_BYTES = 16;
const randomId = () => randomBytes(ID_BYTES).toString('hex');

/** Looks like a supernode with a place for everybody: takes children and links, answers at once, and says nothing but lies. */
export class HostileSupernode implements LinkHandler {
  readonly nodeId: NodeId;
  /** Messages and requests that it was asked, by kind. */
  readonly asked: Record<string, number> = {};
  address: PeerAddress = { host: '', port: 0 };
  readonly #links: TlsLinks;
  readonly #lies: Lies;
  readonly #index = new MemoryMetadataIndex();
  #listening: Listening | undefined;

  private constructor(identity: Awaited<ReturnType<typeof makeTestIdentity>>, lies: Lies) {
    this.nodeId = identity.nodeId;
    this.#lies = lies;
    const dial = makeDial(identity, () => undefined);
    this.#links = new TlsLinks({ identity, dial, dialTimeoutMs: () => 5000, logger: new MemoryLogger() });
  }

  static async start(at: PeerAddress, lies: Lies): Promise<HostileSupernode> {
    const supernode = new HostileSupernode(await makeTestIdentity(), lies);
    supernode.#listening = await supernode.#links.listen(at, supernode);
    supernode.address = supernode.#listening.address;
    return supernode;
  }

  get listen(): string {
    return formatAddress(this.address);
  }

  get invitation(): string {
    return formatTarget(this.#self);
  }

  /** As its like name it. */
  get entry(): SupernodeEntry {
    return { ...this.#self, ...STANDING };
  }

  get #self(): KnownPeer {
    return { nodeId: this.nodeId, address: this.address };
  }

  async stop(): Promise<void> {
    await this.#links.close();
    await this.#index.close();
  }

  accepts(): boolean {
    return true;
  }

  misbehaved(): void {
    // It is in no position to complain.
  }

  async request(request: IncomingRequest): Promise<OutgoingResponse> {
    const { path, remote } = request;
    this.#count(path.startsWith('/content/') ? '/content' : path);
    const about = { version: PROTOCOL_VERSION, node: this.nodeId, role: 'supernode', ...STANDING };
    if (path === '/about') return jsonAnswer(about);
    if (path === '/supernodes') return jsonAnswer({ about, supernodes: this.#lies.named() });
    if (path === '/query') {
      const query = JSON.parse(new TextDecoder().decode(await request.body(UPLOAD_BYTES))) as Query;
      return jsonAnswer(this.#answer(query));
    }
    if (path === '/children/self/files' && remote.nodeId !== undefined) {
      const packed = await request.body(UPLOAD_BYTES);
      await this.#index.apply(remote.nodeId, packed, { files: 1000, bytes: UPLOAD_BYTES });
      return jsonAnswer(await this.#index.holding(remote.nodeId));
    }
    return { status: 404 };
  }

  session(link: SessionLink): void {
    const say = (message: SessionMessage) => link.send(encodeMessage(message));
    let isChild = false;
    link.receive(
      (text) => {
        const heard = decodeMessage(text ?? '');
        if (!heard.ok) return;
        const { message } = heard;
        this.#count(message.type);
        if (message.type === 'hello') {
          isChild = message.role !== 'supernode';
          void this.#welcome(link, say);
        }
        if (message.type === 'query') this.#queried(message, isChild, say);
      },
      () => undefined,
    );
  }

  #count(kind: string): void {
    this.asked[kind] = (this.asked[kind] ?? 0) + 1;
  }

  async #welcome({ remote }: SessionLink, say: (message: SessionMessage) => void): Promise<void> {
    say({
      ...{ type: 'welcome', version: PROTOCOL_VERSION, accepted: true, session: randomId(), epoch: randomId() },
      ...{ holding: await this.#index.holding(remote.nodeId), seen: formatAddress(remote.address), ...STANDING },
      ...{ alone: false, others: this.#lies.named().slice(0, IN_WELCOME) },
    });
  }

  #queried(query: Query, isChild: boolean, say: (message: SessionMessage) => void): void {
    const answer = this.#answer(query);
    if (!isChild) {
      say(answer);
      return;
    }
    const { supernodes: _, ...hits } = answer;
    say({ ...hits, from: this.nodeId, wave: 0 });
    say({ type: 'end', id: query.id, reason: 'exhausted', results: hits.hits.length });
  }

  #answer(query: Query) {
    const supernodes = this.#lies.named().slice(0, IN_ANSWER);
    return { type: 'hits' as const, id: query.id, hits: [...this.#lies.hits(query)], more: false, supernodes };
  }
}
