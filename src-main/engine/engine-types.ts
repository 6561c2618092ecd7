import type { PeerAddress, PeerTarget } from '../contract/address.ts';
import type { EngineApi } from '../contract/api.ts';
import type { NodeId } from '../contract/ids.ts';
import type { MediaApi } from '../contract/media.ts';
import type { SettingKey, Settings, SettingValue } from '../contract/settings.ts';
import type {
  Clock,
  ContentClient,
  Database,
  DescriptorReader,
  Discovery,
  FileSystem,
  Hasher,
  Identity,
  IdentityKeeper,
  Links,
  Logger,
  Machine,
  MetadataIndex,
  PortMapper,
  Presence,
  Random,
  Sha256,
  VerifySignature,
  Watcher,
  WebClient,
} from './ports/index.ts';

/** Everything that a peer needs of its host. */
export type EnginePorts = {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly identity: Identity;
  readonly keeper: IdentityKeeper;
  readonly links: Links;
  readonly content: ContentClient;
  readonly web: WebClient;
  readonly files: FileSystem;
  readonly watcher: Watcher;
  readonly descriptors: DescriptorReader;
  readonly hasher: Hasher;
  readonly database: Database;
  /** Where the database lies that was damaged, when it had to be replaced by an empty one. */
  readonly damagedDatabase?: string | undefined;
  readonly index: MetadataIndex;
  readonly machine: Machine;
  /** Undefined where nobody can tell whether somebody is there. */
  readonly presence?: Presence | undefined;
  /** Undefined where there is no local network to search. */
  readonly discovery?: Discovery | undefined;
  /** Undefined where there is no router to ask. */
  readonly mapper?: PortMapper | undefined;
  readonly sha256: Sha256;
  readonly verify: VerifySignature;
  readonly gzip: (bytes: Uint8Array) => Promise<Uint8Array>;
  /** IP addresses of this machine: tell whether a private address is in its own network. */
  readonly ownHosts: () => readonly string[];
};

/** Keeps the settings; the engine asks for the current ones each time. */
export interface SettingsSource {
  get(): Settings;
  /** Fails with settings.*. */
  set(key: SettingKey, value: SettingValue): Promise<{ readonly value: SettingValue; readonly restartNeeded: boolean }>;
}

export type EngineOptions = {
  /** Names the data in messages. */
  readonly dataFolder: string;
  readonly listen: PeerAddress;
  /** A taken port is replaced by a free one. */
  readonly fallbackPort: boolean;
  readonly bootstrap: readonly PeerTarget[];
  readonly builtIn: readonly PeerTarget[];
  /** Shared in this run only. */
  readonly shares: readonly string[];
  /** Where downloads go while the setting is empty. */
  readonly downloadsFolder: string;
  readonly settings: SettingsSource;
};

/** One peer, without a face. */
export interface Engine extends EngineApi, MediaApi {
  readonly nodeId: NodeId;
  /** Fails with listen.*, data.* or disk.* and leaves nothing running. */
  start(): Promise<void>;
  /** Takes leave of the network, records what was verified, and stops. Idempotent; the ports are the caller's to close. */
  stop(): Promise<void>;
  /** Where it listens; after start. */
  listening(): PeerAddress;
}
