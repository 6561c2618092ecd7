#!/usr/bin/env node
import { fileURLToPath } from 'node:url';
import manifest from '../package.json' with { type: 'json' };
import type { Host } from './headless/host.ts';
import { passOverClosedPipes, processHost } from './headless/process-host.ts';
import { runProgram } from './headless/program.ts';
import { builtPath, openPlatform, readBuiltInSupernodes } from './peer-platform.ts';
import { widenThreadPool } from './platform/thread-pool.ts';

/** The composition root of the command line. What is heavy is imported when a command needs it: `shoal status` must start fast. */

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

const openSimulator: Host['openSimulator'] = async () => (await import('./simulator/simulator.ts')).SIMULATOR;

widenThreadPool();
passOverClosedPipes();
const host: Host = {
  ...{ ...processHost, version: manifest.version, openPlatform, openHasher, runDemo, openSimulator },
  builtInSupernodes: readBuiltInSupernodes(),
  pageFolder: builtPath('renderer/'),
};
process.exitCode = await runProgram(host, process.argv.slice(2));
