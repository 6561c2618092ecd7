import { writeFileSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type ChaosFile, ChaosNetwork, isRight, type Machine } from '../support/chaos-network.ts';
import { until } from '../support/live-peer.ts';
import { canMakeNetworks } from '../support/test-internet.ts';

/**
 * Everything that can happen to peers happens to these, while they fetch from each other what they want. `npm run long -- chaos` plays it
 * for five minutes; what is seen is written to CHAOS_REPORT.
 */
const IS_LONG = process.env.CHAOS_REPORT !== undefined;
const SEED = Number(process.env.CHAOS_SEED ?? 1);
const PLAN = IS_LONG ? { peers: 10, files: 50, seconds: 300 } : { peers: 6, files: 8, seconds: 10 };
const EVERY_MS = 2000;
/** How long a link stays cut, and a disk full. */
const TROUBLE_MS = 5000;
/** After the last trouble: retries rest for 3 s at most here, searches for 4. */
const MEND_MS = IS_LONG ? 240_000 : 100_000;

type Deed = (network: ChaosNetwork) => Promise<string> | string | undefined;

const running = ({ machines }: ChaosNetwork) => machines.filter(({ isRunning }) => isRunning);
const stopped = ({ machines }: ChaosNetwork) => machines.filter(({ isRunning }) => !isRunning);
const troubles = new Set<Promise<void>>();

/** `begin` now, and `end` some time later. */
function trouble(begin: () => void, end: () => void | Promise<void>): void {
  begin();
  const over = after(TROUBLE_MS).then(end);
  troubles.add(over);
  void over.finally(() => troubles.delete(over));
}

const DEEDS: Readonly<Record<string, Deed>> = {
  kill: (network) => {
    const victim = network.oneOf(running(network));
    // Half of them stay, or nothing happens any more.
    if (!victim || stopped(network).length * 2 >= network.machines.length) return undefined;
    return victim.kill().then(() => victim.host);
  },
  restart: (network) => {
    const machine = network.oneOf(stopped(network));
    return machine?.start(network.supernodes).then(() => machine.host);
  },
  'cut a link': (network) => {
    const machine = network.oneOf(running(network));
    if (machine)
      trouble(
        () => machine.setLink(false),
        () => machine.setLink(true),
      );
    return machine?.host;
  },
  'corrupt a source': (network) => {
    const file = network.oneOf(network.files.filter(({ honest }) => honest.size > 0));
    const holder = file && network.oneOf([...file.honest]);
    return file && holder?.corrupt(file).then(() => `${holder.host} ${file.name}`);
  },
  'fill a disk': async (network) => {
    const machine = network.oneOf(running(network).filter(({ disk }) => disk !== undefined));
    const giveBack = await machine?.disk?.fill();
    if (giveBack) trouble(() => {}, giveBack);
    return machine?.host ?? '';
  },
  'change an address': (network) => {
    const machine = network.oneOf(running(network).filter(({ isSupernode }) => !isSupernode));
    return machine?.kill().then(async () => {
      machine.move();
      await machine.start(network.supernodes);
      return machine.host;
    });
  },
};

/** Downloads that are to end well: of files that are whole at a source still, or that another one has got. */
async function due({ files }: ChaosNetwork): Promise<readonly (readonly [Machine, ChaosFile])[]> {
  const all: (readonly [Machine, ChaosFile])[] = [];
  for (const file of files) {
    const rights = await Promise.all([...file.wanted].map((machine) => isRight(machine, file)));
    if (file.honest.size > 0 || rights.includes(true)) for (const machine of file.wanted) all.push([machine, file]);
  }
  return all;
}

test.skipIf(!canMakeNetworks)(
  'whatever happens, each file that has an honest source is complete at the end, and no byte is wrong',
  {
    timeout: PLAN.seconds * 1000 + MEND_MS + 120_000,
  },
  async () => {
    const network = await ChaosNetwork.make({ ...PLAN, seed: SEED });
    await network.startAll();
    const steps = Math.floor((PLAN.seconds * 1000) / EVERY_MS);
    const startMs = performance.now();
    const log: string[] = [];
    const done = new Map<string, number>();
    for (let step = 1; step <= steps; step++) {
      // All the time something travels.
      await network.want(Math.ceil((4 * PLAN.files) / steps));
      await after(Math.max(0, startMs + step * EVERY_MS - performance.now()));
      const name = network.oneOf(Object.keys(DEEDS)) ?? '';
      const what = await DEEDS[name]?.(network);
      if (what === undefined || what === '') continue;
      done.set(name, (done.get(name) ?? 0) + 1);
      log.push(`${step * EVERY_MS} ms: ${name} ${what}`);
    }
    await Promise.all(troubles);
    for (const machine of stopped(network)) await machine.start(network.supernodes);
    await network.want(Number.POSITIVE_INFINITY);
    const mendMs = performance.now();
    const downloads = await due(network);
    const open = async () => {
      const rights = await Promise.all(downloads.map(([machine, file]) => isRight(machine, file)));
      return downloads.filter((_, at) => rights[at] === undefined);
    };
    await until('all that has a source', async () => (await open()).length === 0, MEND_MS).catch(
      async (error: unknown) => {
        const left = (await open()).map(async ([machine, { name, honest }]) => {
          const view = (await machine.peer.query('downloads', {})).find((one) => one.name === name);
          const sources = view?.sources.map(({ address, state, reason, held }) => ({ address, state, reason, held }));
          return {
            at: machine.host,
            name,
            honest: [...honest].map(({ host }) => host),
            state: view?.state,
            reason: view?.reason,
            done: view?.done,
            size: view?.size,
            sources,
          };
        });
        throw new Error(`${JSON.stringify(await Promise.all(left), null, 1)}\n${log.join('\n')}`, { cause: error });
      },
    );
    const wrong: string[] = [];
    let finished = 0;
    for (const file of network.files) {
      for (const machine of file.wanted) {
        const right = await isRight(machine, file);
        if (right) finished++;
        if (right === false) wrong.push(`${machine.host} ${file.name}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(finished).toBeGreaterThanOrEqual(downloads.length);
    const wanted = network.files.reduce((sum, { wanted: by }) => sum + by.size, 0);
    const mendSeconds = (performance.now() - mendMs) / 1000;
    const seen = { seed: SEED, wanted, due: downloads.length, finished, wrong: wrong.length, mendSeconds };
    if (process.env.CHAOS_REPORT)
      writeFileSync(process.env.CHAOS_REPORT, JSON.stringify({ ...seen, deeds: Object.fromEntries(done) }));
  },
);
