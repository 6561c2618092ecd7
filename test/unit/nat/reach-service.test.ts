import { beforeEach, describe, expect, it, test } from 'vitest';
import type { PeerTarget } from '../../../src-main/contract/address.ts';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import { LineRates } from '../../../src-main/engine/nat/line-rates.ts';
import { ReachService } from '../../../src-main/engine/nat/reach-service.ts';
import type { IncomingResponse, Links } from '../../../src-main/engine/ports/index.ts';
import { MemoryLogger } from '../../../src-main/simulator/memory-logger.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';
import { node } from '../../support/search-fixtures.ts';

const MINUTE = 60_000;
let clock: VirtualClock;

beforeEach(() => {
  clock = new VirtualClock();
});

describe('tests for others', () => {
  let service: ReachService;
  let lineUp: number | undefined;

  beforeEach(() => {
    lineUp = 10_000_000;
    service = new ReachService({
      clock,
      links: { request: async () => ({ status: 200 }) } as unknown as Links,
      settings: () => DEFAULT_SETTINGS,
      lineUp: () => lineUp,
      forgive: () => {},
      strike: () => {},
    });
  });

  async function ask(line: 'POST /reach' | 'GET /probe' | 'POST /probe', number: number, host: string) {
    const [method = '', path = ''] = line.split(' ');
    const answer = await service.handle({
      ...{ method, path, query: new URLSearchParams(), headers: {} },
      remote: { nodeId: node(number), address: { host, port: 5000 } },
      body: async () => new TextEncoder().encode(path === '/reach' ? '{"port":1214}' : ''),
      signal: new AbortController().signal,
    });
    return answer?.status;
  }

  /** How many of `count` peers, one each `host`, have a call-back and a probe. */
  async function served(count: number, host: (number: number) => string): Promise<number> {
    let done = 0;
    for (let number = 1; number <= count; number++) {
      const answers = [];
      for (const line of ['POST /reach', 'GET /probe', 'POST /probe'] as const)
        answers.push(await ask(line, number, host(number)));
      if (answers.every((status) => status === 200)) done++;
    }
    return done;
  }

  it('are made for each peer of a private network, and for a few of a public one', async () => {
    expect(await served(30, (number) => `192.168.1.${number}`)).toBe(30);
    expect(await served(30, (number) => `8.8.8.${number}`)).toBe(4);
  });

  it.each([
    { line: 'not measured', up: undefined, probes: 4 },
    { line: 'as slow as a supernode may have', up: 65_536, probes: 1 },
    { line: 'of 1 MiB/s', up: 1_048_576, probes: 15 },
  ])('take a small part of a line $line for probes, and keep nobody from a call-back', async ({ up, probes }) => {
    lineUp = up;
    const host = (number: number) => `${number + 20}.1.0.1`;
    const sentInAMinute = async () => {
      let sent = 0;
      for (let number = 1; number <= 200; number++) if ((await ask('GET /probe', number, host(number))) === 200) sent++;
      return sent;
    };
    expect(await sentInAMinute()).toBe(probes);
    expect(await ask('POST /reach', 201, host(201))).toBe(200);
    await clock.advance(2 * MINUTE);
    expect(await sentInAMinute()).toBe(probes);
  });
});

test('a probe of the line that all refused is tried again soon, one that was made not', async () => {
  let status = 503;
  const asked: number[] = [];
  const request = async (): Promise<IncomingResponse> => {
    asked.push(clock.monotonicMs());
    await clock.sleep(100);
    return { status } as IncomingResponse;
  };
  const line = new LineRates({
    clock,
    links: { request } as unknown as Links,
    logger: new MemoryLogger(),
    settings: () => DEFAULT_SETTINGS,
    supernodes: () => [{ nodeId: node(1) } as PeerTarget],
    transfers: () => ({ up: 0, down: 0 }),
  });
  const startMs = clock.monotonicMs();
  const run = async (minutes: number): Promise<readonly number[]> => {
    asked.length = 0;
    for (let minute = 0; minute < minutes; minute++) {
      void line.probe(new AbortController().signal);
      await clock.advance(MINUTE);
    }
    return asked.map((ms) => Math.floor((ms - startMs) / MINUTE));
  };
  expect(await run(10)).toEqual([0, 2, 6]);
  expect(line.rates().up).toBeUndefined();
  status = 200;
  expect(await run(30)).toEqual([14, 14]);
  expect(line.rates().up).toBeGreaterThan(0);
  status = 503;
  expect(await run(10)).toEqual([44, 46]);
});
