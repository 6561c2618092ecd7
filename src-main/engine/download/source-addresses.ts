import { formatAddress, type PeerAddress } from '../../contract/address.ts';
import type { ErrorCode } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import { MAX_NAMERS } from './namers.ts';

/** At most this many addresses are remembered for a peer (protocol section 4). */
const MAX_ADDRESSES = 4;

/** Who said that a source is at an address; of what was kept over a restart nobody knows. A NodeId is a supernode's. */
export type Giver = NodeId | 'itself' | 'user' | 'exchange' | 'unknown';

type Known = {
  readonly address: PeerAddress;
  readonly key: string;
  readonly givers: Set<Giver>;
  state: 'works' | 'untried' | 'failed' | 'other-key';
};

/**
 * Where a source may be, and who said so. Whoever names it may add to what others said, and displaces nobody who said less than he did,
 * nor the address that worked last: there is room for the latest word, as of a source that moved, and not for that of one alone.
 */
export class SourceAddresses {
  /** Those to be tried first come first. */
  all: readonly PeerAddress[] = [];
  /** In order of when each was learned. */
  #known: Known[] = [];
  #worked: Known | undefined;

  /** True when one is new and is kept. */
  learn(addresses: readonly PeerAddress[], giver: Giver): boolean {
    const said = new Map(addresses.slice(0, MAX_ADDRESSES).map((address) => [formatAddress(address), address]));
    const fresh = [...said].filter(([key, address]) => this.#isNews({ key, address }, giver, said));
    this.#sort();
    return fresh.length > 0;
  }

  /** How the last try at one ended; null: the source was there. */
  tried(address: PeerAddress, reason: ErrorCode | null): void {
    const key = formatAddress(address);
    const known = this.#known.find((one) => one.key === key);
    // That it is left alone for now says nothing of it.
    if (!known || reason === 'peer.dial-limited') return;
    if (reason === null) {
      known.state = 'works';
      this.#worked = known;
    } else known.state = reason === 'peer.wrong-identity' ? 'other-key' : 'failed';
    this.#sort();
  }

  /** Who gave the addresses at which another peer answered. */
  misleading(): ReadonlySet<Giver> {
    return new Set(this.#known.flatMap(({ state, givers }) => (state === 'other-key' ? [...givers] : [])));
  }

  #isNews({ key, address }: Pick<Known, 'key' | 'address'>, giver: Giver, said: ReadonlyMap<string, unknown>): boolean {
    const known = this.#known.find((one) => one.key === key);
    if (known) {
      if (giver !== 'exchange' && known.givers.size < MAX_NAMERS) known.givers.add(giver);
      return false;
    }
    if (this.#known.length >= MAX_ADDRESSES) {
      const displaced = this.#toDisplace(giver, said);
      if (!displaced) return false;
      this.#known = this.#known.filter((one) => one !== displaced);
    }
    this.#known.push({ key, address, givers: new Set([giver]), state: 'untried' });
    return true;
  }

  /** What gives way to a further address of `giver`, who says these now. */
  #toDisplace(giver: Giver, said: ReadonlyMap<string, unknown>): Known | undefined {
    // Anybody may say anything, as often as he likes.
    if (giver === 'exchange') return undefined;
    const free = this.#known.filter((one) => !said.has(one.key) && (one !== this.#worked || one.state === 'other-key'));
    const useless = free.findLast(({ state, givers }) => state === 'other-key' || isHearsay(givers));
    if (useless) return useless;
    const given = this.#count(giver);
    const mostSaid = Math.max(...free.map((one) => this.#share(one)));
    const latest = free.findLast((one) => this.#share(one) === mostSaid);
    if (mostSaid > given) return latest;
    const own = free.find(({ givers }) => givers.size === 1 && givers.has(giver));
    return own ?? (mostSaid === given ? latest : undefined);
  }

  /** Addresses of whoever gave this one and gave fewest: one that a modest supernode gave too is not held against it. */
  #share({ givers }: Known): number {
    return Math.min(...[...givers].map((giver) => this.#count(giver)));
  }

  #count(giver: Giver): number {
    return this.#known.filter(({ givers }) => givers.has(giver)).length;
  }

  #sort(): void {
    this.all = this.#known.toSorted((a, b) => placeOf(a) - placeOf(b)).map(({ address }) => address);
  }
}

const PLACES = { works: 0, untried: 2, failed: 3, 'other-key': 4 } as const;

/** What the source itself or the user said is tried before what others did. */
function placeOf({ state, givers }: Known): number {
  const isFirstHand = givers.has('itself') || givers.has('user');
  return state === 'untried' && isFirstHand ? 1 : PLACES[state];
}

const isHearsay = (givers: ReadonlySet<Giver>): boolean => givers.size === 1 && givers.has('exchange');
