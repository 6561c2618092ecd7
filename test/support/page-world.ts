import type { Browser, BrowserContext, Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import { PageWatch } from './browser.ts';
import { LivePeer, until } from './live-peer.ts';

type Files = Readonly<Record<string, string | Uint8Array>>;

/** A page of a peer in a real browser, watched for what it may not do. */
export type OpenPage = { readonly page: Page; readonly context: BrowserContext; readonly watch: PageWatch };

/**
 * A small real network: a supernode, peers that share, and the user's own peer with its page. Each peer is a process; everything ends
 * with the test.
 */
export class PageWorld {
  readonly supernode: LivePeer;
  readonly sharers: readonly LivePeer[];
  readonly user: LivePeer;

  private constructor(supernode: LivePeer, sharers: readonly LivePeer[], user: LivePeer) {
    this.supernode = supernode;
    this.sharers = sharers;
    this.user = user;
  }

  /** `words`: further options of the sharing peers and of the user's. `asksAtFirst`: its page begins with the questions of the first start. */
  static async start(
    shares: readonly Files[],
    words: {
      readonly sharers?: readonly string[];
      readonly user?: readonly string[];
      readonly asksAtFirst?: true;
    } = {},
  ) {
    const supernode = await (await LivePeer.make()).start('--supernode', 'always');
    const joined = ['--supernode', 'never', '--bootstrap', supernode.invitation];
    const sharers = await Promise.all(
      shares.map(async (files) => (await LivePeer.make(files)).start(...joined, ...(words.sharers ?? []))),
    );
    await Promise.all(sharers.map((peer, index) => peer.untilShared(Object.keys(shares[index] ?? {}).length)));
    // A search finds what is in the index when it is asked, and nothing later.
    const files = shares.reduce((sum, share) => sum + Object.keys(share).length, 0);
    await until('the files in the index', async () => (await supernode.query('network', {})).index.files >= files);
    const user = await LivePeer.make();
    user.asksAtFirst = words.asksAtFirst === true;
    await user.start(...joined, '--web', '127.0.0.1:0', ...(words.user ?? []));
    await user.untilStatus('a parent', ({ parent }) => parent !== null);
    return new PageWorld(supernode, sharers, user);
  }

  /** Starts the user's peer again on the same folders, at another address. */
  async restartUser(...words: readonly string[]): Promise<void> {
    await this.user.stop();
    const joined = ['--supernode', 'never', '--bootstrap', this.supernode.invitation];
    await this.user.start(...joined, '--web', '127.0.0.1:0', ...words);
  }

  /** Opens the user's page; `options` as playwright's for a context. */
  open(browser: Browser, options: Parameters<Browser['newContext']>[0] = {}): Promise<OpenPage> {
    return openPageOf(this.user, browser, options);
  }
}

/** Opens the page of any peer that was started with `--web`, until the test ends. */
export async function openPageOf(
  peer: LivePeer,
  browser: Browser,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const [line] = await peer.shoal('web');
  const address = String(line?.web);
  const watch = await PageWatch.of(page, new URL(address).origin);
  await page.goto(address);
  return { page, context, watch };
}
