import { fileURLToPath } from 'node:url';
import supernodes from '../resources/supernodes.json' with { type: 'json' };
import type { PeerTarget } from './contract/address.ts';
import { readSupernodeList } from './headless/built-in-supernodes.ts';
import type { EngineRequest, Host, Platform, RunningEngine } from './headless/host.ts';

/** What both programs, cli.ts and main.ts, run a peer on. What is heavy is imported when it is needed. */

export async function openPlatform(): ReturnType<Host['openPlatform']> {
  const [{ takeLock }, { NodeFileSystem }, { PinoLogger }] = await Promise.all([
    import('./platform/folder-lock.ts'),
    import('./platform/node-file-system.ts'),
    import('./platform/pino-logger.ts'),
  ]);
  return {
    takeLock,
    files: new NodeFileSystem(),
    openLogger: (folder, level) => new PinoLogger({ folder, level, screen: process.stderr }),
    openEngine,
    loadTls,
  };
}

async function openEngine({ files, logger, settings, presence, ...options }: EngineRequest): Promise<RunningEngine> {
  const [{ openPorts }, { createEngine }, { SystemPresence }] = await Promise.all([
    import('./platform/open-ports.ts'),
    import('./engine/engine.ts'),
    import('./platform/presence/system-presence.ts'),
  ]);
  const { ports, close } = await openPorts({
    folder: options.dataFolder,
    files,
    logger,
    settings: () => settings.get(),
  });
  const system = new SystemPresence();
  // What the program itself knows of its user is more than what the system tells.
  const everything = { read: () => ({ ...system.read(), ...presence?.read() }) };
  const engine = createEngine({ ...ports, presence: everything }, { ...options, settings });
  return {
    nodeId: engine.nodeId,
    start: () => engine.start(),
    stop: async () => {
      try {
        await engine.stop();
      } finally {
        await close();
      }
    },
    listening: () => engine.listening(),
    command: (name, input) => engine.command(name, input),
    query: (name, input) => engine.query(name, input),
    on: (name, listener) => engine.on(name, listener),
    media: (request, signal) => engine.media(request, signal),
  };
}

async function loadTls(folder: string): ReturnType<Platform['loadTls']> {
  const [{ loadIdentity }, { NodeFileSystem }] = await Promise.all([
    import('./platform/identity/load-identity.ts'),
    import('./platform/node-file-system.ts'),
  ]);
  return loadIdentity(new NodeFileSystem(), folder);
}

/** The invitations that came with this copy of Shoal. */
export const readBuiltInSupernodes = (): readonly PeerTarget[] => readSupernodeList(supernodes);

/** Something of the built application; built code lies in a folder beside the one of the page. */
export const builtPath = (path: string): string =>
  fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? `../out/${path}` : `../${path}`, import.meta.url));
