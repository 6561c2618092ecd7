import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Settings } from '../contract/settings.ts';
import type { FileSystem, Logger } from '../engine/ports/index.ts';
import { ChokidarWatcher } from './chokidar-watcher.ts';
import { DescriptorPool } from './descriptors/descriptor-pool.ts';
import { HashPool } from './hash-pool.ts';
import { HeapCompactor } from './heap-compactor.ts';
import { loadIdentity } from './identity/load-identity.ts';
import { identityKeeper, takeNextKey } from './identity/rotate-identity.ts';
import { toIdentity, verifySignature } from './identity/signing.ts';
import { MdnsDiscovery } from './lan/mdns-discovery.ts';
import { makeDial } from './links/dial.ts';
import { TlsContentClient } from './links/tls-content-client.ts';
import { TlsLinks } from './links/tls-links.ts';
import { SystemMachine } from './machine.ts';
import { nodeSha256 } from './node-sha256.ts';
import { RouterPortMapper } from './port-mapping/router-port-mapper.ts';
import { SystemClock } from './system-clock.ts';
import { SystemRandom } from './system-random.ts';
import { NodeWebClient } from './web/node-web-client.ts';
import { WorkerDatabase } from './worker-database.ts';
import { WorkerMetadataIndex } from './worker-metadata-index.ts';

type Options = {
  /** Belongs to this process; identity, database and index lie in it. */
  readonly folder: string;
  readonly files: FileSystem;
  readonly logger: Logger;
  readonly settings: () => Settings;
};

/** All ports of a real peer. `close` ends what they hold; fails with data.* or disk.* when the folder cannot be used. */
export async function openPorts({ folder, files, logger, settings }: Options) {
  await takeNextKey(files, folder);
  const identity = await loadIdentity(files, folder, (path) =>
    logger.warn('the key was missing: others see a new peer now; to be the old one, put its key back and start again', {
      path,
    }),
  );
  const localAddress = () => settings()['peer.bind'] || undefined;
  const dial = makeDial(identity, localAddress);
  const dialTimeoutMs = () => settings()['overlay.dial-timeout'];
  const links = new TlsLinks({ identity, dial, dialTimeoutMs, logger, localAddress });
  const hasher = new HashPool();
  const descriptors = new DescriptorPool({ logger });
  let damagedDatabase: string | undefined;
  const onDamaged = (movedTo: string) => {
    damagedDatabase = movedTo;
  };
  const database = await WorkerDatabase.open({ path: join(folder, 'shoal.db'), synchronous: 'full', onDamaged });
  const index = new WorkerMetadataIndex({ folder });
  const heap = new HeapCompactor();
  const ports = {
    clock: new SystemClock(),
    random: new SystemRandom(),
    logger,
    identity: toIdentity(identity),
    keeper: identityKeeper(files, folder),
    links,
    content: new TlsContentClient({ dial, dialTimeoutMs }),
    web: new NodeWebClient({ localAddress, dialTimeoutMs }),
    files,
    watcher: new ChokidarWatcher(),
    descriptors,
    hasher,
    database,
    damagedDatabase,
    index,
    sha256: nodeSha256,
    verify: verifySignature,
    machine: new SystemMachine(),
    mapper: new RouterPortMapper({ localAddress }),
    discovery: new MdnsDiscovery({ logger, localAddress }),
    gzip: promisify<Uint8Array, Uint8Array>(gzip),
    ownHosts,
  };
  const close = async (): Promise<void> => {
    heap.stop();
    await Promise.all([links.close(), hasher.stop(), descriptors.stop(), index.close(), database.close()]);
  };
  heap.start();
  return { ports, close };
}

const ownHosts = (): readonly string[] =>
  Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
