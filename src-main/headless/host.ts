import type { PeerAddress, PeerTarget } from '../contract/address.ts';
import type { EngineApi } from '../contract/api.ts';
import type { NodeId } from '../contract/ids.ts';
import type { MediaApi } from '../contract/media.ts';
import type { DownloadView } from '../contract/transfer.ts';
import type { FileSystem, HashedFile, Logger, Presence } from '../engine/ports/index.ts';
import type { TakeLock } from './data-folder.ts';
import type { TextSink } from './output.ts';
import type { SettingsFile } from './settings-file.ts';

/** What the command line needs from the process and the platform; made by cli.ts. Whatever is heavy is loaded when asked for. */
export interface Host {
  readonly version: string;
  readonly stdout: TextSink;
  readonly stderr: TextSink;
  /** Paths on the command line are relative to this. */
  readonly workingFolder: string;
  readonly builtInSupernodes: readonly PeerTarget[];
  /** There is a terminal or a display, and no machine that builds. */
  readonly isWatched: boolean;
  /** Where the built page lies. */
  readonly pageFolder: string;
  /** Calls `listener` for each SIGINT, SIGTERM or SIGHUP, instead of ending the process, until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
  /** Ends the process at once. */
  exit(status: number): void;
  openPlatform(): Promise<Platform>;
  openHasher(): Promise<FileHasher>;
  runDemo(stage: DemoStage): Promise<void>;
  openSimulator(): Promise<Simulator>;
}

/** Networks of many peers in one process, on a clock of their own. */
export interface Simulator {
  readonly scenarios: readonly string[];
  /** Which parts of the engine run. */
  readonly engine: string;
  /** Plays one, and gives its figures; undefined when there is none of that name. `told` hears how it goes. */
  run(
    scenario: string,
    options: SimulationOptions,
    told: (line: Readonly<Record<string, unknown>>) => void,
  ): Promise<Readonly<Record<string, number>> | undefined>;
  /** A page of one play, HTML. */
  renderReport(play: SimulatedPlay): string;
}
export type SimulationOptions = { readonly peers: number; readonly hours: number; readonly seed: number };
export type SimulatedPlay = SimulationOptions & {
  readonly scenario: string;
  /** What it told of its course, in order. */
  readonly told: readonly Readonly<Record<string, unknown>>[];
  readonly figures: Readonly<Record<string, number>>;
};

export interface Platform {
  readonly takeLock: TakeLock;
  readonly files: FileSystem;
  /** Logs to stderr and to `folder`; `level` is asked at every event. */
  openLogger(folder: string, level: () => LogLevel): OpenLogger;
  openEngine(request: EngineRequest): Promise<RunningEngine>;
  /** The peer's own key and certificate, PEM; made when they are missing. */
  loadTls(dataFolder: string): Promise<{ readonly key: string; readonly certificate: string }>;
}
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type OpenLogger = Logger & { close(): void };

export type EngineRequest = {
  readonly dataFolder: string;
  readonly downloadsFolder: string;
  readonly settings: SettingsFile;
  readonly files: FileSystem;
  readonly logger: Logger;
  readonly listen: PeerAddress;
  /** Whether a taken port may be replaced by a free one. */
  readonly fallbackPort: boolean;
  readonly bootstrap: readonly PeerTarget[];
  readonly builtIn: readonly PeerTarget[];
  /** Shared in this run only. */
  readonly shares: readonly string[];
  /** What the program knows of its user, beside what the system tells of power and line. */
  readonly presence?: Presence | undefined;
};

/** An engine and its ports; `start` and `stop` as the engine's own. */
export interface RunningEngine extends EngineApi, MediaApi {
  readonly nodeId: NodeId;
  start(): Promise<void>;
  listening(): PeerAddress;
  /** Ends the engine and closes its ports. */
  stop(): Promise<void>;
}

export interface FileHasher {
  hashFile(path: string): Promise<HashedFile>;
  close(): Promise<void>;
}

/** Where the demo is shown; `interrupted` aborts when the user wants to leave. */
export type DemoStage = {
  say(text: string, facts?: Readonly<Record<string, unknown>>): void;
  progress(download: DownloadView): void;
  readonly interrupted: AbortSignal;
  /** Somebody is there to look at a page after the play. */
  readonly isWatched: boolean;
};
