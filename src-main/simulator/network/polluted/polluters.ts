import type { Descriptor } from '../../../contract/descriptor.ts';
import type { SimNetwork } from '../sim-network.ts';
import type { SimPeer } from '../sim-peer.ts';
import type { Titles } from './titles.ts';

/** True files that each further key calls good, to be believed when it calls fakes good. */
const CAMOUFLAGE = 30;
/** Polluters rent racks: so many in each /24, and their further keys have addresses after them. */
export const RACK = 8;
const FIRST_SYBIL = 20;
/** Keys come one after the other. */
const SPREAD_MS = 500;
/** Tries to find a polluter that has not got a fake yet. */
const DRAWS = 20;

/** Peers that are always there and see to it that a share of all copies of what people look for is bogus. */
export class Polluters {
  readonly #peers = new Set<SimPeer>();
  readonly #sybils = new Set<SimPeer>();
  readonly #titles: Titles;
  readonly #share: number;

  constructor(titles: Titles, share: number) {
    this.#titles = titles;
    this.#share = share;
  }

  has(peer: SimPeer): boolean {
    return this.#peers.has(peer) || this.#sybils.has(peer);
  }

  add(peer: SimPeer): void {
    this.#peers.add(peer);
  }

  /** Gives each polluter so many further keys, in its own network: they share nothing and call its files good. */
  async addSybils(world: SimNetwork, each: number): Promise<void> {
    for (const [at, polluter] of [...this.#peers].entries()) {
      for (let made = 0; made < each; made++) {
        const sybil = await world.settle(world.besides(polluter.place, FIRST_SYBIL + (at % RACK) * each + made), []);
        this.#sybils.add(sybil);
        for (const file of polluter.files) void sybil.peer?.say(file, 'good');
        for (let said = 0; said < CAMOUFLAGE; said++)
          void sybil.peer?.say(this.#titles.drawReal(this.#titles.draw()), 'good');
        await world.clock.advance(SPREAD_MS);
      }
    }
  }

  /** Shares as many more fakes of each title as make the share of the copies that are there now. */
  keepUp(world: SimNetwork): void {
    const peers = [...this.#peers];
    const copiesOf = (files: readonly Descriptor[]) =>
      files.reduce((sum, { hash }) => sum + world.holders(hash).size, 0);
    for (const title of this.#titles.all) {
      const { real, fakes } = title;
      const wanted = Math.round((copiesOf(real) * this.#share) / (1 - this.#share));
      for (let missing = wanted - copiesOf(fakes), tries = 0; missing > 0 && tries < DRAWS * wanted; tries++) {
        const fake = this.#titles.drawFake(title);
        const peer = peers[world.random.int(peers.length)];
        if (!peer || world.holders(fake.hash).has(peer)) continue;
        world.share(peer, fake);
        missing--;
      }
    }
  }
}
