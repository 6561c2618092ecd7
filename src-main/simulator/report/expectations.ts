type Figures = Readonly<Record<string, number>>;
/** What is asked of a figure: in words, and whether a value holds it. */
export type Goal = { readonly words: string; readonly holds: (value: number, figures: Figures) => boolean };
/** What a scenario plays, and the goals of its figures by their names. */
export type Expectation = { readonly about: string; readonly goals: Readonly<Record<string, Goal>> };

const atMost = (most: number, words: string): Goal => ({ words: `at most ${words}`, holds: (value) => value <= most });
const below = (bound: number, words: string): Goal => ({ words: `below ${words}`, holds: (value) => value < bound });
const atLeast = (least: number, words: string): Goal => ({
  words: `at least ${words}`,
  holds: (value) => value >= least,
});

/** The number of supernodes stays this near to what is needed. */
const NEAR = 0.25;
const NEAR_IDEAL: Goal = {
  words: 'within 25 % of those needed',
  holds: (value, { supernodesIdeal = Number.NaN }) => Math.abs(value - supernodesIdeal) <= NEAR * supernodesIdeal,
};

const HALVED = 'Half of the supernodes die at one moment, and everybody goes on searching.';

export const EXPECTATIONS: Readonly<Record<string, Expectation>> = {
  steady: {
    about:
      'Peers come and go as those of KaZaA did, one death in five is silent, and somebody searches for a rare file.',
    goals: {
      searchSuccess: atLeast(0.99, '99 %'),
      wavesMedian: atMost(1, '1'),
      waves95: atMost(2, '2'),
      askedPerBound: atMost(1.5, '1.5'),
      orphanShare: below(0.002, '0.2 %'),
      supernodes: NEAR_IDEAL,
      roleChangesPerSupernodeHour: below(0.1, '0.1'),
    },
  },
  halve: {
    about: `${HALVED} Their connections are closed at once.`,
    goals: { recoverySeconds: atMost(20, '20 s') },
  },
  'halve-silent': {
    about: `${HALVED} Nothing tells that they are gone.`,
    goals: { recoverySeconds: atMost(60, '60 s') },
  },
  partition: {
    about: 'Two halves of the world hear nothing of each other for 10 minutes; then the way is open again.',
    goals: { oneNetworkSeconds: atMost(300, '5 min'), recoverySeconds: atMost(300, '5 min') },
  },
  'flash-crowd': {
    about: 'One peer has a new file, and everybody wants it, twice as many every half minute.',
    goals: {
      found: atLeast(1, '1: every peer'),
      withinOneWave: atLeast(0.95, '95 %'),
      firstWithinFour: atLeast(1, '100 %'),
      messagesPerPeer: below(10, '10'),
    },
  },
  hops: {
    about: 'Each supernode asks ten others for one search, and leaves ask three further supernodes for more.',
    goals: { hopsGain: atLeast(2, 'twice as many results'), rowsLeft: atMost(0, '0') },
  },
  growth: {
    about: 'A network that began with one peer serves ten times as many after some hours, with churn.',
    goals: {},
  },
  two: { about: 'Two peers, of whom one knows the address of the other; both come and go.', goals: {} },
  'all-shut': { about: 'Nobody can open a connection to anybody.', goals: {} },
  hostile: {
    about: 'Some of the peers lie about their load, drop queries, invent hits, or fence in those that join.',
    goals: { searchSuccess: atLeast(0.95, '95 %') },
  },
};
