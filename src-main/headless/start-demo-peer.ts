import type { PeerTarget } from '../contract/address.ts';
import type { NodeId } from '../contract/ids.ts';
import type { FileSystem, Logger } from '../engine/ports/index.ts';
import type { Platform, RunningEngine } from './host.ts';
import { type Overrides, SettingsFile } from './settings-file.ts';

export type DemoPeerOptions = {
  readonly folder: string;
  readonly downloads: string;
  readonly shares: readonly string[];
  readonly bootstrap: readonly PeerTarget[];
  readonly settings: Overrides;
  readonly wrapFiles?: (files: FileSystem) => FileSystem;
};
type StartedPeer = RunningEngine & { readonly target: PeerTarget & { readonly nodeId: NodeId }; stop(): Promise<void> };

/** The demo tells its own story. */
export const SILENT: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A peer on loopback in this process, without log and control socket; fails and leaves nothing when it cannot start. */
export async function startDemoPeer(platform: Platform, options: DemoPeerOptions): Promise<StartedPeer> {
  const { folder, downloads, shares, bootstrap, wrapFiles } = options;
  const { file: settings } = await SettingsFile.open(
    { files: platform.files, folder },
    { 'discovery.lan': false, ...options.settings },
  );
  const engine = await platform.openEngine({
    dataFolder: folder,
    downloadsFolder: downloads,
    settings,
    files: wrapFiles ? wrapFiles(platform.files) : platform.files,
    logger: SILENT,
    listen: { host: '127.0.0.1', port: 0 },
    fallbackPort: false,
    bootstrap,
    builtIn: [],
    shares,
  });
  try {
    await engine.start();
  } catch (error) {
    await engine.stop();
    throw error;
  }
  const target = { nodeId: engine.nodeId, address: engine.listening() };
  return Object.assign(engine, { target });
}
