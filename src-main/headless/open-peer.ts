import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { type PeerAddress, type PeerTarget, parseAddress } from '../contract/address.ts';
import { AppError } from '../contract/errors.ts';
import type { Settings } from '../contract/settings.ts';
import type { Presence } from '../engine/ports/index.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { defaultDownloadsFolder } from './default-folders.ts';
import type { OpenLogger, Platform, RunningEngine } from './host.ts';
import { type Overrides, SettingsFile } from './settings-file.ts';

export type PeerRun = {
  readonly dataFolder: string;
  /** Shared in this run only. */
  readonly shares: readonly string[];
  readonly bootstrap: readonly PeerTarget[];
  readonly overrides: Overrides;
  /** A taken one ends the run; without it the setting counts, and without that a free port will do. */
  readonly listen?: PeerAddress;
};

type Deps = {
  readonly platform: Platform;
  readonly builtInSupernodes: readonly PeerTarget[];
  /** Undefined where nobody can tell whether somebody is there. */
  readonly presence?: Presence;
};

/** A peer on its own data folder, not started yet. */
export type OpenPeer = {
  readonly engine: RunningEngine;
  readonly folder: DataFolder;
  readonly settings: SettingsFile;
  readonly logger: OpenLogger;
  /** After the engine has stopped: closes the log and lets another process have the folder. */
  close(): Promise<void>;
};

/** The port of KaZaA, which peers try first. */
const DEFAULT_PORT = 1214;

/** Takes the data folder and makes the engine; fails with data.*, settings.* or share.* and leaves nothing open. */
export async function openPeer(deps: Deps, run: PeerRun): Promise<OpenPeer> {
  await checkShares(run.shares);
  const folder = await openDataFolder(run.dataFolder, deps.platform.takeLock);
  try {
    return await openOnFolder(deps, run, folder);
  } catch (error) {
    await folder.close();
    throw error;
  }
}

async function openOnFolder(
  { platform, builtInSupernodes, presence }: Deps,
  run: PeerRun,
  folder: DataFolder,
): Promise<OpenPeer> {
  const { file: settings, problems } = await SettingsFile.open(
    { files: platform.files, folder: folder.path },
    run.overrides,
  );
  const logger = platform.openLogger(folder.path, () => settings.get()['log.level']);
  const close = async (): Promise<void> => {
    logger.close();
    await folder.close();
  };
  try {
    for (const problem of [...folder.mended, ...problems]) logger.warn(problem);
    const engine = await platform.openEngine({
      dataFolder: folder.path,
      downloadsFolder: settings.get()['downloads.folder'] || defaultDownloadsFolder(),
      settings,
      files: platform.files,
      logger,
      ...chooseListen(run, settings.get()),
      bootstrap: run.bootstrap,
      builtIn: builtInSupernodes,
      shares: run.shares,
      presence,
    });
    return { engine, folder, settings, logger, close };
  } catch (error) {
    logger.close();
    throw error;
  }
}

type ListenWish = { readonly listen: PeerAddress; readonly fallbackPort: boolean };

function chooseListen({ listen }: PeerRun, settings: Settings): ListenWish {
  if (listen) return { listen, fallbackPort: false };
  const stored = settings['peer.listen'];
  if (stored === '') return { listen: { host: everyAddress(), port: DEFAULT_PORT }, fallbackPort: true };
  const address = parseAddress(stored, { allowZero: true });
  assert(address, 'settings hold no other text');
  return { listen: address, fallbackPort: false };
}

/** The IPv6 wildcard takes both families, but not on a machine without IPv6. */
function everyAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.some(({ family }) => family === 'IPv6') ? '::' : '0.0.0.0';
}

async function checkShares(shares: readonly string[]): Promise<void> {
  for (const path of shares) {
    const found = await stat(path).catch(() => undefined);
    if (!found?.isDirectory()) throw new AppError('share.missing', { path });
  }
}
