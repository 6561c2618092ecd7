import { meanOf, quantile, shortened, sumOf } from '../figures.ts';
import type { ScenarioReport, Told } from '../scenario.ts';
import { SimNetwork, type SimOptions } from '../sim-network.ts';
import { Band } from './band.ts';
import { Dropper } from './dropper.ts';
import { Inventor } from './inventor.ts';
import { LoadLiar } from './load-liar.ts';
import { type Seen, searchAndTry } from './user.ts';
import { commonWish, rareWish } from './wishes.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const GROW_MS = 5 * MINUTE_MS;
/** The network has this long to find out whom to believe. */
const LEARN_MS = 10 * MINUTE_MS;
const SAMPLE_MS = MINUTE_MS;
/** Somebody searches once in so long. */
const SEARCH_EVERY_MS = 5 * MINUTE_MS;
/** Few places each, so that some hundred peers have many supernodes; small is what is a fifth of that, as of the usual 150 places. */
const SETTINGS = { 'supernode.children': 20, 'overlay.merge-children': 4 };

type HostileOptions = SimOptions & { readonly hours: number };

/**
 * A fifth of the supernodes is hostile from the first, and stays: some take queries and answer none, some invent what they answer, some
 * lie about their load, and two of those that newcomers begin with name only their like. Honest peers come and go; half of their searches are
 * for a file that hardly anybody has, the others for what is common.
 */
export async function runHostile(options: HostileOptions, told: Told): Promise<ScenarioReport> {
  const band = new Band(() => world);
  const world: SimNetwork = new SimNetwork({
    ...options,
    settings: { ...SETTINGS, ...options.settings },
    mask: (made) => band.maskOf(made),
  });
  await world.grow(GROW_MS);
  world.beginChurn();
  const startMs = world.clock.monotonicMs();
  const { messages } = world.sent;
  const seen: Seen[] = [];
  const open: Promise<unknown>[] = [];
  const standings: Standing[] = [];
  let isForOne = true;
  const stepMs = SEARCH_EVERY_MS / options.peers;
  const endMs = startMs + LEARN_MS + options.hours * 60 * MINUTE_MS;
  let sampleMs = startMs + SAMPLE_MS;
  while (world.clock.monotonicMs() < endMs) {
    const wish = isForOne ? rareWish(world) : commonWish(world);
    isForOne = !isForOne;
    if (wish) open.push(searchAndTry(world, wish).then((one) => one && seen.push(one)));
    await world.clock.advance(stepMs);
    if (world.clock.monotonicMs() < sampleMs) continue;
    const standing = standingOf(world);
    const minutes = Math.round((sampleMs - startMs) / MINUTE_MS);
    if (minutes > LEARN_MS / MINUTE_MS) standings.push(standing);
    const lately = seen.filter((one) => one.startMs >= sampleMs - SAMPLE_MS);
    told({ event: 'sample', minutes, ...shownFigures(lately), ...standing });
    sampleMs += SAMPLE_MS;
  }
  await world.clock.advance(2 * MINUTE_MS);
  await Promise.all(open);
  const learned = seen.filter((one) => one.startMs >= startMs + LEARN_MS);
  const first = shownFigures(seen.filter((one) => one.startMs < startMs + LEARN_MS));
  const figures = {
    searches: seen.length,
    ...shownFigures(learned),
    successFirst: first.searchSuccess,
    inventedFirst: first.inventedShare,
    ...averaged(standings),
    supernodesIdeal: world.ideal,
    messagesPerPeerHour: (world.sent.messages - messages) / options.peers / ((endMs - startMs) / (60 * MINUTE_MS)),
  };
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, shortened(value)]));
}

/** `searchSuccess` is of those for a file that only somebody has, `inventedShare` of the rows of all pages, `inventedPages` of pages. */
function shownFigures(seen: readonly Seen[]) {
  const forOne = seen.filter((one) => one.isForOne);
  const found = forOne.filter(({ place }) => place !== undefined);
  return {
    searchSuccess: found.length / Math.max(1, forOne.length),
    inventedShare: sumOf(seen.map(({ invented }) => invented)) / Math.max(1, sumOf(seen.map(({ shown }) => shown))),
    inventedPages: meanOf(seen.map(({ invented, shown }) => invented / Math.max(1, shown))),
    rowsMean: meanOf(seen.map(({ shown }) => shown)),
    placeMean: meanOf(found.map(({ place = 0 }) => place)),
    secondsMedian: quantile(
      seen.map(({ tookMs }) => tookMs / SECOND_MS),
      0.5,
    ),
    seconds95: quantile(
      seen.map(({ tookMs }) => tookMs / SECOND_MS),
      0.95,
    ),
  };
}

type Standing = ReturnType<typeof standingOf>;

/** Of leaves: `fenced` have any hostile parent; the other shares say of which kind. */
function standingOf(world: SimNetwork) {
  const peers = world.online().filter(({ peer }) => peer);
  const masks = new Map(peers.map(({ nodeId, mask }) => [nodeId, mask]));
  const supernodes = peers.filter(({ peer }) => peer?.role === 'supernode');
  const parents = peers.flatMap(({ peer }) => (peer?.role === 'leaf' ? [peer.parent] : []));
  const leaves = Math.max(1, parents.length);
  const kindOf = (parent: (typeof parents)[number]) => (parent === undefined ? undefined : masks.get(parent));
  const share = (fits: (mask: unknown) => boolean) => parents.filter((parent) => fits(kindOf(parent))).length / leaves;
  const links = supernodes.flatMap(({ peer, mask }) => (mask ? [] : (peer?.links() ?? [])));
  return {
    supernodes: supernodes.length,
    hostileShare: supernodes.filter(({ mask }) => mask).length / Math.max(1, supernodes.length),
    hostileLinks: links.filter((link) => masks.get(link)).length / Math.max(1, links.length),
    fenced: share((mask) => mask !== undefined),
    droppersShareOfChildren: share((mask) => mask instanceof Dropper),
    inventorsShareOfChildren: share((mask) => mask instanceof Inventor),
    liarsShareOfChildren: share((mask) => mask instanceof LoadLiar),
    orphanShare: parents.filter((parent) => parent === undefined).length / leaves,
  };
}

function averaged(standings: readonly Standing[]): Standing {
  const names = Object.keys(standings[0] ?? {}) as (keyof Standing)[];
  return Object.fromEntries(names.map((name) => [name, meanOf(standings.map((one) => one[name]))])) as Standing;
}
