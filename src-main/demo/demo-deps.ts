import type { PeerTarget } from '../contract/address.ts';
import type { EngineApi } from '../contract/api.ts';
import type { ContentHash, NodeId } from '../contract/ids.ts';
import type { SettingKey, SettingValue } from '../contract/settings.ts';
import type { DownloadView } from '../contract/transfer.ts';
import type { FileSystem } from '../engine/ports/index.ts';

/** What the demo gets from cli.ts. */
export type DemoDeps = {
  readonly stage: DemoStage;
  /** An engine in this process, started. */
  readonly startPeer: (options: DemoPeerOptions) => Promise<DemoPeer>;
  /** Program and first arguments that run `shoal` as a process of its own. */
  readonly shoalCommand: readonly [string, ...string[]];
  readonly hashFile: (path: string) => Promise<{ readonly hash: ContentHash; readonly size: number }>;
  /** Opens one more peer's page, when somebody is there to look at it. */
  readonly openFace?: ((options: DemoPeerOptions) => Promise<DemoFace>) | undefined;
};

/** A page that is open at `address` until `stop`. */
export interface DemoFace {
  readonly address: string;
  stop(): Promise<void>;
}

/** Where the play is shown. */
export type DemoStage = {
  /** One line; `facts` go into its JSON form. */
  say(text: string, facts?: Readonly<Record<string, unknown>>): void;
  progress(download: DownloadView): void;
  /** Aborts when the user wants to leave. */
  readonly interrupted: AbortSignal;
};

export type DemoPeerOptions = {
  /** Its data folder. */
  readonly folder: string;
  readonly downloads: string;
  readonly shares: readonly string[];
  readonly bootstrap: readonly PeerTarget[];
  readonly settings: { readonly [K in SettingKey]?: SettingValue };
  /** Between the engine and its files. */
  readonly wrapFiles?: (files: FileSystem) => FileSystem;
};

export interface DemoPeer extends EngineApi {
  readonly target: PeerTarget & { readonly nodeId: NodeId };
  /** Idempotent. */
  stop(): Promise<void>;
}
