import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatAddress, type PeerAddress } from '../../src-main/contract/address.ts';
import type { ContentHash, NodeId } from '../../src-main/contract/ids.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src-main/contract/settings.ts';
import { migrate } from '../../src-main/engine/store/migrations.ts';
import { MIGRATIONS } from '../../src-main/engine/store/schema.ts';
import { UploadQueueStore } from '../../src-main/engine/store/upload-queue-store.ts';
import { ContentServer } from '../../src-main/engine/upload/content-server.ts';
import { NO_CREDIT } from '../../src-main/engine/upload/credit.ts';
import { NodeFileSystem } from '../../src-main/platform/node-file-system.ts';
import { SystemClock } from '../../src-main/platform/system-clock.ts';
import { MemoryDatabase } from '../../src-main/simulator/memory-database.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { type LinkWorld, RecordingHandler } from './link-world.ts';
import { ServedFolder } from './served-folder.ts';
import { sha256 } from './sha256.ts';

/** A peer that only uploads, on real sockets and files of `folder`. */
export type UploadPeer = {
  readonly nodeId: NodeId;
  readonly address: PeerAddress;
  readonly server: ContentServer;
  readonly logger: MemoryLogger;
  /** Changed at will while it runs. */
  settings: Settings;
  url(hash: ContentHash): string;
  share(name: string, bytes: Uint8Array): Promise<ContentHash>;
  stop(): Promise<void>;
};

export async function startUploadPeer(world: LinkWorld, folder: string): Promise<UploadPeer> {
  const fileSystem = new NodeFileSystem();
  const files = new ServedFolder(fileSystem);
  const logger = new MemoryLogger();
  const database = new MemoryDatabase();
  await migrate(database, { migrations: MIGRATIONS, path: ':memory:' });
  const { links, nodeId } = await world.peer();
  let settings: Settings = DEFAULT_SETTINGS;
  const server = new ContentServer({
    files,
    settings: () => settings,
    clock: new SystemClock(),
    logger,
    sha256,
    credit: () => NO_CREDIT,
    lineBps: () => undefined,
    began: () => undefined,
    sent: () => undefined,
    queueStore: new UploadQueueStore(database),
    sources: async () => [],
    given: () => 0,
    met: () => {},
    strike: (_, why) => logger.warn('strike', { why }),
  });
  const handler = new RecordingHandler();
  handler.answer = (request) => server.handle(request);
  const listening = await links.listen({ host: '127.0.0.1', port: 0 }, handler);
  await server.start();
  return {
    nodeId,
    address: listening.address,
    server,
    logger,
    get settings() {
      return settings;
    },
    set settings(changed) {
      settings = changed;
    },
    url: (hash) => `https://${formatAddress(listening.address)}/content/${hash}`,
    async share(name, bytes) {
      const path = join(folder, name);
      await writeFile(path, bytes);
      return (await files.share(path, bytes)).hash;
    },
    async stop() {
      await listening.close();
      await server.stop();
      await database.close();
    },
  };
}
