import { once } from 'node:events';
import { get } from 'node:https';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import type { PageFiles } from '../../../src-main/face/page-files.ts';
import { WebServer } from '../../../src-main/headless/web/web-server.ts';
import { loadIdentity } from '../../../src-main/platform/identity/load-identity.ts';
import { NodeFileSystem } from '../../../src-main/platform/node-file-system.ts';
import { ScriptedEngine } from '../../support/scripted-engine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

test('who connects and never shakes hands does not hold up the end', async () => {
  const tls = await loadIdentity(new NodeFileSystem(), await temporaryFolder());
  const media = { media: () => Promise.reject(new Error('no media')) };
  const page = { answer: () => undefined } as unknown as PageFiles;
  const place = { listen: { host: '0.0.0.0', port: 0 }, fallbackPort: false };
  const server = new WebServer({ api: new ScriptedEngine(), media, logger: silent, page, tls }, place);
  await server.start();
  const port = Number(new URL(server.newAddress()).port);
  const silentOne = connect(port, '127.0.0.1').on('error', () => undefined);
  onTestFinished(() => void silentOne.destroy());
  await once(silentOne, 'connect');
  // Connections are taken in their order: when this one is answered, that one is held.
  const [answer] = await once(get({ port, host: '127.0.0.1', agent: false, rejectUnauthorized: false }), 'response');
  answer.resume();
  const cut = once(silentOne, 'close');
  await server.stop();
  await cut;
  expect(silentOne.destroyed).toBe(true);
});
