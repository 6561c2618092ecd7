import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PeerTarget } from '../contract/address.ts';
import type { NodeId } from '../contract/ids.ts';
import { ChildPeer } from './child-peer.ts';
import type { DemoDeps, DemoPeer, DemoPeerOptions } from './demo-deps.ts';
import { lieAbout } from './lying-files.ts';
import { makeArchive, makeNotes, makePicture, makeSound, writeFiles, writeLongSound } from './sample-files.ts';

export const LONG_SOUND = 'reef-at-night.wav';
/** Everything that is shared, each copy counted: see `#writeShares`. */
export const SHARED_COPIES = 10;
const LONG_SOUND_BYTES = 48 * 2 ** 20;
const TAGS = { artist: 'The Silversides', album: 'Low Tide' };
/** Four sources together then take some 4 s for the long sound: time to see what happens. */
const SOURCE_RATE = 3 * 2 ** 20;
/** The liar is honest for so long, to be trusted with more. */
const HONEST_BYTES = 2 * 2 ** 20;

/** Waits suited to a network that lives for seconds, on one machine. */
const QUICK = {
  'library.settle': 100,
  'overlay.merge-children': 0,
  'search.leaf-queries': 1000,
  'download.retry-min': 500,
  'log.level': 'error',
} as const;

/** Everybody in the play, and the folder they live in. `start` then `stop`; `stop` removes all. */
export class DemoNetwork {
  readonly #deps: DemoDeps;
  readonly #peers = new Map<string, DemoPeer | ChildPeer>();
  #folder = '';

  constructor(deps: DemoDeps) {
    this.#deps = deps;
  }

  async start(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'shoal-demo-'));
    await this.#writeShares();
    const first = await this.#startSupernode('Coral', []);
    const second = await this.#startSupernode('Kelp', [first.target]);
    const bootstrap = [first.target, second.target];
    const started = await Promise.allSettled([
      this.#startPeer('Ada', bootstrap),
      this.#startPeer('Dan', bootstrap),
      this.#startPeer('Eve', bootstrap),
      this.#startPeer('Finn', bootstrap),
      this.#startPeer('Cleo', bootstrap, (files) => lieAbout(files, { name: LONG_SOUND, honestBytes: HONEST_BYTES })),
      this.#startChild('Ben', bootstrap),
    ]);
    // Only now: one that still starts could not be stopped.
    const failed = started.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }

  /** The one who searches and downloads. */
  get searcher(): DemoPeer {
    const finn = this.#peers.get('Finn');
    if (!finn || finn instanceof ChildPeer) throw new Error('the network has not started');
    return finn;
  }

  /** The peer's name in the play. */
  nameOf(node: NodeId): string {
    const found = [...this.#peers].find(([, { target }]) => target.nodeId === node);
    return found?.[0] ?? node;
  }

  /** Where the long sound lies that all copies came from. */
  get original(): string {
    return join(this.#folder, 'Ada', 'shared', LONG_SOUND);
  }

  /** The one in a process of its own, who will be killed. */
  async killBen(): Promise<void> {
    const ben = this.#peers.get('Ben');
    if (ben instanceof ChildPeer) await ben.kill();
  }

  /** For one more peer, of whoever watches: it shares nothing and takes its time from nobody. */
  async guestOptions(): Promise<DemoPeerOptions> {
    const bootstrap = ['Coral', 'Kelp'].flatMap((name) => this.#peers.get(name)?.target ?? []);
    const settings = { ...QUICK, 'supernode.role': 'never', 'peer.name': 'You' };
    return { ...(await this.#place('You')), shares: [], bootstrap, settings };
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    const peers = [...this.#peers.values()].reverse();
    this.#peers.clear();
    await Promise.allSettled(peers.map((peer) => (peer instanceof ChildPeer ? peer.kill() : peer.stop())));
    if (this.#folder !== '') await rm(this.#folder, { recursive: true, force: true, maxRetries: 3 });
  }

  async #writeShares(): Promise<void> {
    const shared = (name: string) => join(this.#folder, name, 'shared');
    await writeFiles(shared('Ada'), { 'reef-notes.txt': makeNotes() });
    await writeFiles(shared('Ben'), { 'reef-picture.png': makePicture(320, 200) });
    await writeFiles(shared('Cleo'), { 'reef-bell.wav': makeSound(2, { ...TAGS, title: 'Reef bell' }) });
    await writeFiles(shared('Dan'), { 'reef-notes.txt': makeNotes() });
    await writeFiles(shared('Eve'), { 'reef-collection.zip': makeArchive(), 'reef-small.png': makePicture(64, 48) });
    for (const name of ['Ada', 'Ben', 'Cleo', 'Dan']) {
      await writeLongSound(join(shared(name), LONG_SOUND), LONG_SOUND_BYTES, { ...TAGS, title: 'Reef at night' });
    }
  }

  async #startSupernode(name: string, bootstrap: readonly PeerTarget[]): Promise<DemoPeer> {
    // Three children each, so that both have some and a search has more than one wave.
    const settings = { ...QUICK, 'supernode.role': 'always', 'supernode.children': 3 };
    return this.#keep(
      name,
      await this.#deps.startPeer({ ...(await this.#place(name)), shares: [], bootstrap, settings }),
    );
  }

  async #startPeer(
    name: string,
    bootstrap: readonly PeerTarget[],
    wrapFiles?: NonNullable<DemoPeerOptions['wrapFiles']>,
  ): Promise<DemoPeer> {
    const options = await this.#leafOptions(name, bootstrap);
    return this.#keep(name, await this.#deps.startPeer(wrapFiles ? { ...options, wrapFiles } : options));
  }

  async #startChild(name: string, bootstrap: readonly PeerTarget[]): Promise<ChildPeer> {
    return this.#keep(name, await ChildPeer.start(this.#deps.shoalCommand, await this.#leafOptions(name, bootstrap)));
  }

  async #leafOptions(name: string, bootstrap: readonly PeerTarget[]): Promise<DemoPeerOptions> {
    const place = await this.#place(name);
    const shares = name === 'Finn' ? [] : [join(this.#folder, name, 'shared')];
    return {
      ...place,
      shares,
      bootstrap,
      settings: { ...QUICK, 'supernode.role': 'never', 'upload.rate': SOURCE_RATE },
    };
  }

  async #place(name: string): Promise<{ readonly folder: string; readonly downloads: string }> {
    const [folder, downloads] = [join(this.#folder, name, 'data'), join(this.#folder, name, 'downloads')];
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await mkdir(downloads, { recursive: true });
    return { folder, downloads };
  }

  #keep<T extends DemoPeer | ChildPeer>(name: string, peer: T): T {
    this.#peers.set(name, peer);
    return peer;
  }
}
