import { formatAddress, type PeerAddress } from '../contract/address.ts';
import { AppError } from '../contract/errors.ts';
import { ControlServer } from './control-server.ts';
import type { Platform } from './host.ts';
import { type OpenPeer, openPeer, type PeerRun } from './open-peer.ts';
import type { Output } from './output.ts';
import { PeerReport } from './peer-report.ts';
import type { Session } from './session.ts';
import type { WebServer } from './web/web-server.ts';

/** Where the web face listens; without it there is none. */
export type WebWish = { readonly listen: PeerAddress; readonly fallbackPort: boolean };

/** Runs a peer on its data folder until it is interrupted or asked to stop. */
export async function runPeer(session: Session, out: Output, run: PeerRun, web?: WebWish): Promise<void> {
  const { host } = session;
  const platform = await host.openPlatform();
  const peer = await openPeer({ platform, builtInSupernodes: host.builtInSupernodes }, run);
  try {
    await serve(session, { peer, out, face: web && (await openFace(session, platform, peer, web)) });
  } finally {
    await peer.close();
  }
}

/** Without its face the peer is not served, and so ends here: what the engine has open would keep the process. */
async function openFace(session: Session, platform: Platform, peer: OpenPeer, web: WebWish): Promise<WebServer> {
  try {
    return await makeWebServer(session, platform, peer, web);
  } catch (error) {
    await peer.engine.stop();
    throw error;
  }
}

/** Loaded only when wanted: a peer without a page need not keep it in memory. */
async function makeWebServer({ host }: Session, platform: Platform, peer: OpenPeer, web: WebWish): Promise<WebServer> {
  const [{ PageFiles }, { WebServer }, { loadMetricsToken }] = await Promise.all([
    import('../face/page-files.ts'),
    import('./web/web-server.ts'),
    import('./web/metrics/metrics-token.ts'),
  ]);
  const { engine, logger, folder } = peer;
  const page = await PageFiles.read(host.pageFolder);
  const tls = await platform.loadTls(folder.path);
  const metrics = { token: await loadMetricsToken(folder.path), version: host.version };
  return new WebServer({ api: engine, media: engine, logger, page, tls, metrics }, web);
}

type Serving = { readonly peer: OpenPeer; readonly out: Output; readonly face: WebServer | undefined };

async function serve({ host }: Session, { peer, out, face }: Serving): Promise<void> {
  const { engine, folder, logger } = peer;
  const end = Promise.withResolvers<void>();
  let interrupts = 0;
  const uncatch = host.onInterrupt(() => {
    interrupts += 1;
    if (interrupts > 1) host.exit(1);
    end.resolve();
  });
  const webAddress = () => {
    if (!face) throw new AppError('web.off');
    return face.newAddress();
  };
  const control = new ControlServer({ api: engine, logger, onStop: end.resolve, webAddress }, folder.control);
  const report = new PeerReport(engine, out);
  try {
    await Promise.race([engine.start(), end.promise]);
    if (interrupts > 0) return;
    await control.start();
    await face?.start();
    report.ready({
      node: engine.nodeId,
      listen: formatAddress(engine.listening()),
      web: face?.newAddress() ?? null,
      data: folder.path,
    });
    await end.promise;
  } finally {
    report.stop();
    await face?.stop();
    await control.stop();
    await engine.stop();
    uncatch();
  }
}
