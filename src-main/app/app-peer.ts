import type { PeerTarget } from '../contract/address.ts';
import { AppError } from '../contract/errors.ts';
import type { FileSystem, Presence } from '../engine/ports/index.ts';
import { ControlServer } from '../headless/control-server.ts';
import type { Platform } from '../headless/host.ts';
import { type OpenPeer, openPeer, type PeerRun } from '../headless/open-peer.ts';

type Deps = {
  readonly platform: Platform;
  readonly builtInSupernodes: readonly PeerTarget[];
  readonly presence: Presence;
  /** Someone asked by `shoal stop` that the application ends. */
  readonly onStop: () => void;
};

/** The peer of the application, which the command line can reach like any other. */
export type AppPeer = OpenPeer & {
  readonly files: FileSystem;
  /** Ends it and lets another process have the folder. */
  stop(): Promise<void>;
};

/** Opens the data folder and starts the engine; fails with data.*, settings.*, share.* or listen.* and leaves nothing running. */
export async function startAppPeer(
  { platform, builtInSupernodes, presence, onStop }: Deps,
  run: PeerRun,
): Promise<AppPeer> {
  const peer = await openPeer({ platform, builtInSupernodes, presence }, run);
  const { engine, folder, logger } = peer;
  const control = new ControlServer({ api: engine, logger, onStop, webAddress: noWebFace }, folder.control);
  const stop = async (): Promise<void> => {
    try {
      await control.stop();
      await engine.stop();
    } finally {
      await peer.close();
    }
  };
  try {
    await engine.start();
    await control.start();
    return { ...peer, files: platform.files, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function noWebFace(): never {
  throw new AppError('web.off');
}
