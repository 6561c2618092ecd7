/** The ports: everything the engine needs from its host. Interfaces only. */
export type { Clock, Timer } from './clock.ts';
export type { CalledConnection, ContentClient, ContentConnection, ContentRange, RangeSink } from './content-client.ts';
export type { Database, SqlRow, SqlValue, Statement } from './database.ts';
export type { DescriptorReader, FileDescription } from './descriptor-reader.ts';
export type { Discovery, DiscoveryHandle, DiscoveryOptions, DiscoveryState } from './discovery.ts';
export type { DirectoryEntry, FileKind, FileStat, FileSystem, Paths, ReadHandle, WriteHandle } from './file-system.ts';
export type {
  CheckedPart,
  ChunkCheck,
  Digested,
  DigestName,
  HashedFile,
  Hasher,
  PartCheck,
  VerifiedChunk,
} from './hasher.ts';
export type { Identity, IdentityKeeper, VerifySignature } from './identity.ts';
export type {
  Headers,
  Hole,
  IncomingRequest,
  IncomingResponse,
  KeepAlive,
  KeepAliveOptions,
  KnownRemote,
  LinkHandler,
  Links,
  Listening,
  MeetingPlace,
  MetPeer,
  OutgoingRequest,
  OutgoingResponse,
  RelayPass,
  Remote,
  Reversed,
  SessionLink,
  StreamBody,
} from './links.ts';
export type { LogFields, Logger } from './logger.ts';
export type { Machine, MachineState } from './machine.ts';
export type {
  BatchResult,
  Holding,
  IndexAnswer,
  IndexCounts,
  IndexHit,
  IndexLimits,
  MetadataIndex,
} from './metadata-index.ts';
export type { MappedPort, PortMapper, WantedMapping } from './port-mapper.ts';
export type { Presence } from './presence.ts';
export type { Random } from './random.ts';
export type { Sha256 } from './sha256.ts';
export type { Watcher, WatchHandle, WatchListener } from './watcher.ts';
export type { WebClient, WebConnection, WebRange } from './web-client.ts';
