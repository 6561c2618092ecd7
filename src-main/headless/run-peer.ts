import { stat } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { formatAddress, type PeerAddress, type PeerTarget, parseAddress } from '../contract/address.ts';
import { AppError } from '../contract/errors.ts';
import type { Settings } from '../contract/settings.ts';
import type { Logger } from '../engine/ports/index.ts';
import { ControlServer } from './control-server.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { defaultDownloadsFolder } from './default-folders.ts';
import type { Platform, RunningEngine } from './host.ts';
import type { Output } from './output.ts';
import { PeerReport } from './peer-report.ts';
import type { Session } from './session.ts';
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

/** The port of KaZaA, which peers try first. */
const DEFAULT_PORT = 1214;

/** Runs a peer on its data folder until it is interrupted or asked to stop. */
export async function runPeer(session: Session, out: Output, run: PeerRun): Promise<void> {
  await checkShares(run.shares);
  const platform = await session.host.openPlatform();
  const folder = await openDataFolder(run.dataFolder, platform.takeLock);
  try {
    await runOnFolder(session, out, { run, platform, folder });
  } finally {
    await folder.close();
  }
}

type Held = { readonly run: PeerRun; readonly platform: Platform; readonly folder: DataFolder };

async function runOnFolder(session: Session, out: Output, { run, platform, folder }: Held): Promise<void> {
  const { file: settings, problems } = await SettingsFile.open(
    { files: platform.files, folder: folder.path },
    run.overrides,
  );
  const logger = platform.openLogger(folder.path, () => settings.get()['log.level']);
  try {
    for (const problem of problems) logger.warn(problem);
    const engine = await platform.openEngine({
      dataFolder: folder.path,
      downloadsFolder: settings.get()['downloads.folder'] || defaultDownloadsFolder(),
      settings,
      files: platform.files,
      logger,
      ...chooseListen(run, settings.get()),
      bootstrap: run.bootstrap,
      builtIn: session.host.builtInSupernodes,
      shares: run.shares,
    });
    await serve(session, { engine, out, folder, logger });
  } finally {
    logger.close();
  }
}

type Serving = {
  readonly engine: RunningEngine;
  readonly out: Output;
  readonly folder: DataFolder;
  readonly logger: Logger;
};

async function serve({ host }: Session, { engine, out, folder, logger }: Serving): Promise<void> {
  const end = Promise.withResolvers<void>();
  let interrupts = 0;
  const uncatch = host.onInterrupt(() => {
    interrupts += 1;
    if (interrupts > 1) host.exit(1);
    end.resolve();
  });
  const control = new ControlServer({ api: engine, logger, onStop: end.resolve }, folder.control);
  const report = new PeerReport(engine, out);
  try {
    await Promise.race([engine.start(), end.promise]);
    if (interrupts > 0) return;
    await control.start();
    report.ready({ node: engine.nodeId, listen: formatAddress(engine.listening()), data: folder.path });
    await end.promise;
  } finally {
    report.stop();
    await control.stop();
    await engine.stop();
    uncatch();
  }
}

type ListenWish = { readonly listen: PeerAddress; readonly fallbackPort: boolean };

function chooseListen({ listen }: PeerRun, settings: Settings): ListenWish {
  if (listen) return { listen, fallbackPort: false };
  const stored = settings['peer.listen'];
  if (stored === '') return { listen: { host: everyAddress(), port: DEFAULT_PORT }, fallbackPort: true };
  const address = parseAddress(stored, { allowZero: true });
  const why = 'it is HOST:PORT or [IPV6]:PORT';
  if (!address) throw new AppError('settings.invalid', { key: 'peer.listen', value: stored, why });
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
