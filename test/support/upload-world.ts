import { formatAddress, type PeerAddress } from '../../src-main/contract/address.ts';
import type { ContentHash } from '../../src-main/contract/ids.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src-main/contract/settings.ts';
import type { Database, Headers, OutgoingResponse, Remote } from '../../src-main/engine/ports/index.ts';
import { isStream } from '../../src-main/engine/ports/is-stream.ts';
import { CreditStore } from '../../src-main/engine/store/credit-store.ts';
import { migrate } from '../../src-main/engine/store/migrations.ts';
import { MIGRATIONS } from '../../src-main/engine/store/schema.ts';
import { UploadQueueStore } from '../../src-main/engine/store/upload-queue-store.ts';
import { ContentServer } from '../../src-main/engine/upload/content-server.ts';
import type { ContentSource } from '../../src-main/engine/upload/content-source.ts';
import { CreditLedger } from '../../src-main/engine/upload/credit-ledger.ts';
import { MemoryDatabase } from '../../src-main/simulator/memory-database.ts';
import { MemoryFileSystem } from '../../src-main/simulator/memory-file-system.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { VirtualClock } from '../../src-main/simulator/virtual-clock.ts';
import { ServedFolder } from './served-folder.ts';
import { seededBytes, sha256 } from './sha256.ts';
import { nodeOf } from './upload-askers.ts';

type Asked = {
  readonly method?: string;
  readonly headers?: Headers;
  readonly from?: Remote;
  readonly signal?: AbortSignal;
};

/** A peer with its own address in the documentation range. */
export const remotePeer = (number: number, host = `198.51.100.${number}`): Remote => ({
  nodeId: nodeOf(number),
  address: { host, port: 1214 },
});
export const remoteClient = (address: PeerAddress): Remote => ({ nodeId: undefined, address });

/** A ContentServer on a virtual clock, a memory disk and a memory database. */
export class UploadWorld {
  readonly clock = new VirtualClock();
  readonly disk = new MemoryFileSystem({ clock: this.clock });
  readonly files = new ServedFolder(this.disk);
  readonly logger = new MemoryLogger();
  readonly strikes: string[] = [];
  /** Contents of which an upload began. */
  readonly began: ContentHash[] = [];
  settings: Settings = DEFAULT_SETTINGS;
  sources: readonly ContentSource[] = [];
  /** Bytes that each peer gave of what is loaded here too. */
  readonly given = new Map<string, number>();
  /** Members of swarms that asked, as `NodeId host:port`. */
  readonly met: string[] = [];
  readonly #database: Database;
  credits: CreditLedger;
  server: ContentServer;
  #store: UploadQueueStore;

  static async start(settings: Partial<Settings> = {}): Promise<UploadWorld> {
    const database = new MemoryDatabase();
    await migrate(database, { migrations: MIGRATIONS, path: ':memory:' });
    const world = new UploadWorld(database);
    world.settings = { ...DEFAULT_SETTINGS, ...settings };
    await world.credits.start();
    await world.server.start();
    return world;
  }

  /** NodeIds that are to get nothing. */
  readonly shut = new Set<string>();
  /** Contents and NodeIds of which others are told nothing. */
  readonly unnamed = new Set<string>();

  private constructor(database: Database) {
    this.#database = database;
    this.#store = new UploadQueueStore(database);
    this.credits = this.#makeCredits();
    this.server = this.#makeServer();
  }

  /** Ends the server, cleanly or as a crash does, and starts one anew on the same disk and database. */
  async restart({ crash = false } = {}): Promise<void> {
    // After a crash nothing more reaches the disk.
    if (crash) this.#store.save = async () => {};
    await this.server.stop();
    if (!crash) await this.credits.stop();
    this.credits = this.#makeCredits();
    await this.credits.start();
    this.#store = new UploadQueueStore(this.#database);
    this.server = this.#makeServer();
    await this.server.start();
  }

  async stop(): Promise<void> {
    await this.server.stop();
    await this.credits.stop();
    await this.#database.close();
  }

  /** Shares a file of `size` bytes made from `seed`. */
  async share(size: number, seed: number): Promise<{ readonly hash: ContentHash; readonly bytes: Uint8Array }> {
    const bytes = seededBytes(size, seed);
    const path = `/share/file-${seed}`;
    this.disk.putFile(path, bytes);
    const { hash } = await this.files.share(path, bytes);
    return { hash, bytes };
  }

  ask(
    target: string,
    { method = 'GET', headers = {}, from = remotePeer(1), signal }: Asked = {},
  ): Promise<OutgoingResponse> {
    const [path = '', query = ''] = target.split('?');
    return this.server.handle({
      remote: from,
      method,
      path,
      query: new URLSearchParams(query),
      headers,
      signal: signal ?? new AbortController().signal,
      body: async () => new Uint8Array(0),
    });
  }

  #makeCredits(): CreditLedger {
    return new CreditLedger({ clock: this.clock, logger: this.logger, store: new CreditStore(this.#database) });
  }

  #makeServer(): ContentServer {
    return new ContentServer({
      files: this.files,
      settings: () => this.settings,
      clock: this.clock,
      logger: this.logger,
      sha256,
      credit: (node) => this.credits.terms(node),
      lineBps: () => undefined,
      isShut: ({ nodeId }) => nodeId !== undefined && this.shut.has(nodeId),
      began: ({ hash }) => this.began.push(hash),
      sent: (bytes, { nodeId }) => {
        if (nodeId !== undefined) this.credits.sent(nodeId, bytes);
      },
      queueStore: this.#store,
      sources: async () => this.sources,
      isUnnamed: (hash, { node }) => this.unnamed.has(hash) || this.unnamed.has(node),
      given: (_, node) => this.given.get(node) ?? 0,
      met: (_, { nodeId, address }) => this.met.push(`${nodeId} ${formatAddress(address)}`),
      strike: (_remote: Remote, why: string) => this.strikes.push(why),
    });
  }
}

/** Takes the whole body as a link does, in pieces of at most `pieceBytes`, and closes it. */
export async function take({ body }: OutgoingResponse, pieceBytes = 256 * 1024): Promise<Uint8Array> {
  if (body === undefined) return new Uint8Array(0);
  if (typeof body === 'string') return new TextEncoder().encode(body);
  if (body instanceof Uint8Array) return body;
  const bytes = new Uint8Array(body.length);
  let at = 0;
  try {
    while (at < body.length) {
      const count = await body.read(bytes.subarray(at, at + pieceBytes));
      await body.admit?.(count);
      body.sent?.(count);
      at += count;
    }
  } finally {
    await body.close(at === body.length);
  }
  return bytes;
}

/** Ends an answer without taking it, as a link does when its connection is gone. */
export async function drop({ body }: OutgoingResponse): Promise<void> {
  if (isStream(body)) await body.close(false);
}

export const json = ({ body }: OutgoingResponse): unknown => (typeof body === 'string' ? JSON.parse(body) : undefined);
