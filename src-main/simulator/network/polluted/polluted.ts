import type { Descriptor } from '../../../contract/descriptor.ts';
import type { ContentHash } from '../../../contract/ids.ts';
import { shortened, sumOf } from '../figures.ts';
import type { ScenarioOptions, ScenarioReport, Told } from '../scenario.ts';
import { SimNetwork } from '../sim-network.ts';
import type { SimPeer } from '../sim-peer.ts';
import { Polluters, RACK } from './polluters.ts';
import { Titles } from './titles.ts';
import { searchAndTake, type Taken } from './user.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const GROW_MS = 5 * MINUTE_MS;
/** Of all peers, and of the copies of what people look for. */
const POLLUTERS = 0.3;
const BOGUS_COPIES = 0.5;
/** Titles that a person has at first, and fetches in a day. */
const COLLECTION = 12;
const FETCHES_A_DAY = 10;
/** Whoever fetched something looks at it after so long in the mean, and shares it until then, whatever it is. */
const LOOKS_AFTER_MS = 30 * MINUTE_MS;
/** Of those who find out what they have, so many say so. */
const SAYS_BAD = 0.3;
const SAYS_GOOD = 0.1;
/** Of what is as it should be, so much is not liked and deleted at once, as if it were not. */
const DISLIKED = 0.1;
const SETTINGS = { 'supernode.children': 20, 'overlay.merge-children': 4, 'votes.publish': true };

export type PollutedOptions = ScenarioOptions & {
  /** False: people see and rank results as if there were no signs: what the model does by itself. */
  readonly signs?: boolean;
  /** False: each polluter in a network of its own. */
  readonly racks?: boolean;
  /** Whether people vote. */
  readonly votes?: boolean;
  /** Of each person; in a short play they have to be more to have learned anything. */
  readonly fetchesADay?: number;
  /** Further keys of each polluter, that call its files good. */
  readonly sybils?: number;
};

type Fetch = Taken & { readonly atMs: number };

/**
 * Three in ten peers are polluters: always there, on fast lines, and half of the copies of everything that people look for are theirs,
 * with true names and sizes. People search for what is popular, take one of the first rows, share it, and delete it when they have
 * looked at it and it is bogus.
 */
export async function runPolluted(options: PollutedOptions, told: Told): Promise<ScenarioReport> {
  const play = new PollutedPlay(options);
  await play.begin();
  const steps = Math.max(1, Math.round(options.hours));
  for (let hour = 1; hour <= steps; hour++) {
    await play.hour();
    told({ event: 'sample', minutes: hour * 60, ...play.figures((hour - 1) * HOUR_MS, hour * HOUR_MS) });
  }
  return play.figures(0, steps * HOUR_MS);
}

class PollutedPlay {
  readonly #world: SimNetwork;
  readonly #titles: Titles;
  readonly #options: PollutedOptions;
  readonly #polluters: Polluters;
  readonly #fetches: Fetch[] = [];
  #startMs = 0;

  constructor(options: PollutedOptions) {
    this.#options = options;
    const honest = Math.round(options.peers * (1 - POLLUTERS));
    this.#world = new SimNetwork({
      ...options,
      peers: honest,
      settings: SETTINGS,
      files: () => this.#collection(),
      hasVotes: options.votes ?? true,
    });
    this.#titles = new Titles(this.#world.random);
    this.#polluters = new Polluters(this.#titles, BOGUS_COPIES);
  }

  async begin(): Promise<void> {
    await this.#world.grow(GROW_MS);
    const count = Math.round(this.#options.peers * POLLUTERS);
    const racks = this.#options.racks ?? true;
    let rack = this.#world.drawOpen();
    for (let made = 0; made < count; made++) {
      if (made > 0 && (!racks || made % RACK === 0)) rack = this.#world.drawOpen();
      const place = racks ? this.#world.besides(rack, made % RACK) : rack;
      this.#polluters.add(await this.#world.settle(place, []));
    }
    this.#polluters.keepUp(this.#world);
    await this.#polluters.addSybils(this.#world, this.#options.sybils ?? 0);
    this.#world.beginChurn();
    await this.#world.clock.advance(10 * MINUTE_MS);
    this.#startMs = this.#world.clock.monotonicMs();
  }

  /** An hour of people who search and fetch. */
  async hour(): Promise<void> {
    const people = this.#options.peers * (1 - POLLUTERS);
    const fetches = Math.max(1, Math.round((people * (this.#options.fetchesADay ?? FETCHES_A_DAY)) / 24));
    const open: Promise<void>[] = [];
    this.#polluters.keepUp(this.#world);
    for (let made = 0; made < fetches; made++) {
      open.push(this.#fetch());
      await this.#world.clock.advance(HOUR_MS / fetches);
    }
    // The longest search ends by itself.
    const all = Promise.all(open);
    await this.#world.clock.advance(2 * MINUTE_MS);
    await all;
  }

  /** Of the fetches from then to then, virtual ms from the beginning on. */
  figures(fromMs: number, toMs: number): ScenarioReport {
    const some = this.#fetches.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
    const share = (part: (one: Fetch) => number, of: (one: Fetch) => number) =>
      shortened(sumOf(some.map(part)) / Math.max(1, sumOf(some.map(of))));
    return {
      fetches: some.length,
      pollutedShare: share(
        ({ isFake }) => (isFake ? 1 : 0),
        () => 1,
      ),
      honestHidden: share(
        ({ honestHidden }) => honestHidden,
        ({ honestRows }) => honestRows,
      ),
      fakeHidden: share(
        ({ fakeHidden }) => fakeHidden,
        ({ fakeRows }) => fakeRows,
      ),
    };
  }

  async #fetch(): Promise<void> {
    const world = this.#world;
    const title = this.#titles.draw();
    const has = ({ files }: SimPeer) => files.some(({ hash }) => title.real.some((one) => one.hash === hash));
    const searcher = world.draw((peer) => !this.#polluters.has(peer) && !has(peer));
    if (!searcher) return;
    const atMs = world.clock.monotonicMs() - this.#startMs;
    const { signs = true } = this.#options;
    const taken = await searchAndTake(world, { searcher, title, titles: this.#titles, signs });
    if (!taken) return;
    this.#fetches.push({ ...taken, atMs });
    const { hash, size, name, type, extracted } = taken.result;
    const file: Descriptor = { hash, size, name, type, extracted };
    world.share(searcher, file);
    searcher.peer?.taken(file);
    world.clock.setTimer(-LOOKS_AFTER_MS * Math.log(1 - world.random.float()), () => {
      if (taken.isFake) world.unshare(searcher, file);
      const isDeleted = taken.isFake || world.random.float() < DISLIKED;
      searcher.peer?.did(file, isDeleted ? 'deleted-soon' : 'kept');
      if (world.random.float() < (taken.isFake ? SAYS_BAD : SAYS_GOOD))
        void searcher.peer?.say(file, taken.isFake ? 'fake' : 'good');
    });
  }

  /** Of one who has just come into being. */
  #collection(): readonly Descriptor[] {
    const files = new Map<ContentHash, Descriptor>();
    for (let drawn = 0; drawn < COLLECTION; drawn++) {
      const file = this.#titles.drawReal(this.#titles.draw());
      files.set(file.hash, file);
    }
    return [...files.values()].sort((a, b) => (a.hash < b.hash ? -1 : 1));
  }
}
