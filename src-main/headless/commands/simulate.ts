import { type Command, InvalidArgumentError } from 'commander';
import { AppError } from '../../contract/errors.ts';
import { readCount, readCountFromZero, readPath } from '../arguments.ts';
import { formatColumns } from '../format.ts';
import type { SimulatedPlay, Simulator } from '../host.ts';
import type { Output } from '../output.ts';
import { OutputFile } from '../output-file.ts';
import { makeCommand, outputOf, type Session } from '../session.ts';

const SPEC = {
  name: 'simulate',
  summary: 'Play a network of many peers on a clock of its own, and print its figures; needs no running peer.',
  examples: [
    'simulate steady --peers 300 --hours 0.5 --report steady.html',
    'simulate steady --peers 2000 --hours 6 --seed 7 --json',
  ],
};

type Options = {
  readonly peers: number;
  readonly hours: number;
  readonly seed: number;
  readonly report?: string;
};

/** Four decimals are enough for any of the figures. */
const DECIMALS = 4;

export const simulateCommand = (session: Session): Command =>
  makeCommand(SPEC, { needsData: false })
    .argument(
      '<SCENARIO>',
      'steady = peers come and go; halve, halve-silent = half of the supernodes die at once, noticed or not; partition = two halves of the world are cut apart for 10 min; flash-crowd = all want one new file; hops = leaves ask further supernodes; growth = from one peer to all; two; all-shut = nobody can be reached; hostile = one supernode in five drops queries, invents answers, lies about its load or fences newcomers in; polluted = some share bogus files under names that people search for; polluted-unvoted = nobody votes there, polluted-sybils = each of them has ten further keys that vote, polluted-unseen = users heed no signs, polluted-spread = each is in a network of its own',
    )
    .option('--peers <N>', 'peers that are there at a time', readPeers, 300)
    .option('--hours <H>', 'virtual hours that steady counts, after the network has come to rest', readHours, 0.5)
    .option('--seed <S>', 'the same seed gives the same figures', readCountFromZero, 1)
    .option(
      '--report <FILE>',
      'write the figures with plots there as one HTML page, in place of what is there',
      readPath(session.host.workingFolder),
    )
    .action(async (scenario: string, options: Options, command: Command) => {
      const out = outputOf(session, command);
      const simulator = await session.host.openSimulator();
      if (!simulator.scenarios.includes(scenario)) throw unknownScenario(scenario, simulator);
      const page = await openPage(options.report);
      try {
        const play = await playAndTell(scenario, options, { simulator, out });
        await page?.write(simulator.renderReport(play));
      } finally {
        await page?.close();
      }
    });

/** Before hours of reckoning, not after them, it shows that a file cannot be written. */
const openPage = async (path: string | undefined): Promise<OutputFile | undefined> =>
  path === undefined ? undefined : OutputFile.open(path);

function unknownScenario(what: string, { scenarios }: Simulator): AppError {
  return new AppError('input.invalid', { what, why: `there is no such scenario, but: ${scenarios.join(', ')}` });
}

async function playAndTell(
  scenario: string,
  { peers, hours, seed }: Options,
  { simulator, out }: { readonly simulator: Simulator; readonly out: Output },
): Promise<SimulatedPlay> {
  const told: Readonly<Record<string, unknown>>[] = [];
  const figures = await simulator.run(scenario, { peers, hours, seed }, (line) => {
    told.push(line);
    out.answer(line, () => courseLine(line));
  });
  if (!figures) throw unknownScenario(scenario, simulator);
  const report = { event: 'report', scenario, peers, hours, seed, engine: simulator.engine, ...figures };
  const rows = Object.entries(report).slice(1);
  out.answer(report, () => formatColumns(rows.map(([name, value]) => [name, String(value)])));
  return { scenario, peers, hours, seed, told, figures };
}

function courseLine(line: Readonly<Record<string, unknown>>): string {
  const figures = Object.entries(line).filter(([name]) => name !== 'event');
  return figures
    .map(([name, value]) => `${name} ${typeof value === 'number' ? rounded(value) : String(value)}`)
    .join(', ');
}

const rounded = (value: number): string => String(Number(value.toFixed(DECIMALS)));

function readPeers(text: string): number {
  const peers = readCount(text);
  if (peers < 2) throw new InvalidArgumentError('A network has at least 2 peers.');
  return peers;
}

function readHours(text: string): number {
  const hours = /^\d{1,4}(\.\d{1,4})?$/.test(text) ? Number(text) : 0;
  if (hours <= 0) throw new InvalidArgumentError('It is a number of hours above 0, such as 0.5.');
  return hours;
}
