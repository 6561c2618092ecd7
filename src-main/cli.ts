#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import manifest from '../package.json' with { type: 'json' };
import supernodes from '../resources/supernodes.json' with { type: 'json' };
import { readSupernodeList } from './headless/built-in-supernodes.ts';
import type { EngineRequest, Host, Platform, RunningEngine } from './headless/host.ts';
import { passOverClosedPipes, processHost } from './headless/process-host.ts';
import { runProgram } from './headless/program.ts';

/** The composition root of the command line. What is heavy is imported when a command needs it: `shoal status` must start fast. */

async function openPlatform(): ReturnType<Host['openPlatform']> {
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

async function openEngine({ files, logger, settings, ...options }: EngineRequest): Promise<RunningEngine> {
  const [{ openPorts }, { createEngine }] = await Promise.all([
    import('./platform/open-ports.ts'),
    import('./engine/engine.ts'),
  ]);
  const { ports, close } = await openPorts({
    folder: options.dataFolder,
    files,
    logger,
    settings: () => settings.get(),
  });
  const engine = createEngine(ports, { ...options, settings });
  return {
    nodeId: engine.nodeId,
    start: () => engine.start(),
    stop: () => engine.stop().finally(close),
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

async function openHasher(): ReturnType<Host['openHasher']> {
  const { HashPool } = await import('./platform/hash-pool.ts');
  const pool = new HashPool();
  return { hashFile: (path) => pool.hashFile(path), close: () => pool.stop() };
}

const runDemo: Host['runDemo'] = async (stage) => {
  const [{ runDemo: play }, { startDemoPeer }, { startDemoFace }] = await Promise.all([
    import('./demo/demo.ts'),
    import('./headless/start-demo-peer.ts'),
    import('./headless/start-demo-face.ts'),
  ]);
  const platform = await openPlatform();
  const hasher = await openHasher();
  try {
    await play({
      stage,
      startPeer: (options) => startDemoPeer(platform, options),
      shoalCommand: [process.execPath, fileURLToPath(import.meta.url)],
      hashFile: (path) => hasher.hashFile(path),
      openFace: stage.isWatched ? (options) => startDemoFace(host, platform, options) : undefined,
    });
  } finally {
    await hasher.close();
  }
};

/** The page is built in either case. */
const pageFolder = new URL(import.meta.url.endsWith('.ts') ? '../out/renderer/' : '../renderer/', import.meta.url);

passOverClosedPipes();
const builtInSupernodes = readSupernodeList(supernodes);
const host: Host = {
  ...{ ...processHost, version: manifest.version, builtInSupernodes, openPlatform, openHasher, runDemo },
  pageFolder: fileURLToPath(pageFolder),
};
process.exitCode = await runProgram(host, process.argv.slice(2));
