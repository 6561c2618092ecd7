import type { PeerAddress } from '../contract/address.ts';
import { PageFiles } from '../face/page-files.ts';
import type { Host, Platform } from './host.ts';
import { type DemoPeerOptions, SILENT, startDemoPeer } from './start-demo-peer.ts';
import { WebServer } from './web/web-server.ts';

const FREE_PORT: PeerAddress = { host: '127.0.0.1', port: 0 };

/** A peer of the demo with its page, open to a browser of this machine; fails and leaves nothing when it cannot start. */
export async function startDemoFace(
  { pageFolder }: Pick<Host, 'pageFolder'>,
  platform: Platform,
  options: DemoPeerOptions,
) {
  const page = await PageFiles.read(pageFolder);
  const peer = await startDemoPeer(platform, options);
  let server: WebServer | undefined;
  const stop = async (): Promise<void> => {
    await server?.stop();
    await peer.stop();
  };
  try {
    const tls = await platform.loadTls(options.folder);
    server = new WebServer(
      { api: peer, media: peer, logger: SILENT, page, tls },
      { listen: FREE_PORT, fallbackPort: false },
    );
    await server.start();
    return { address: server.newAddress(), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
