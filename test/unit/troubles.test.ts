import { describe, expect, it } from 'vitest';
import { AppError } from '../../src-main/contract/errors.ts';
import { CalmLogger } from '../../src-main/engine/calm-logger.ts';
import type { Database } from '../../src-main/engine/ports/index.ts';
import { Troubles } from '../../src-main/engine/troubles.ts';
import { WatchedDatabase } from '../../src-main/engine/watched-database.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { VirtualClock } from '../../src-main/simulator/virtual-clock.ts';

const full = () => new AppError('disk.full', { path: '/data/shoal.db', needed: 'some space' });
const WORDS = { begins: 'downloads are interrupted', ends: 'downloads go on', folder: '/downloads' };

function makeWorld() {
  const log = new MemoryLogger();
  const clock = new VirtualClock();
  const troubles = new Troubles({ logger: log });
  const logger = new CalmLogger({ logger: log, clock, troubles });
  const told = () => log.lines.filter(({ level }) => level !== 'debug').map(({ event }) => event);
  return { log, clock, troubles, logger, told };
}

describe('a trouble', () => {
  it('of several is told once, and its end when it is over for the last of them', () => {
    const { troubles, told } = makeWorld();
    for (const who of ['a', 'b', 'a', 'b', 'c']) troubles.begin(who, WORDS, full());
    troubles.end('a');
    troubles.forget('b');
    expect(told()).toEqual(['downloads are interrupted']);
    troubles.end('c');
    troubles.end('c');
    expect(told()).toEqual(['downloads are interrupted', 'downloads go on']);
  });

  it('is told again when its reason changes or it comes back', () => {
    const { troubles, log } = makeWorld();
    troubles.begin('a', WORDS, full());
    troubles.begin('a', WORDS, new AppError('disk.missing', { path: '/downloads' }));
    troubles.end('a');
    troubles.begin('a', WORDS, full());
    expect(log.lines.map(({ event }) => event)).toEqual([
      'downloads are interrupted',
      'downloads are interrupted',
      'downloads go on',
      'downloads are interrupted',
    ]);
  });

  it('is not told once more by those who meet its error further up', () => {
    const { troubles, logger, told } = makeWorld();
    const error = full();
    troubles.begin('database', WORDS, error);
    logger.warn('sources could not be saved', { error });
    troubles.begin('download 1', { ...WORDS, begins: 'something else' }, error);
    logger.warn('sources could not be saved', { error: full() });
    expect(told()).toEqual(['downloads are interrupted', 'sources could not be saved']);
  });
});

describe('the database', () => {
  it('of a full disk is told once, and again when no write failed for five seconds', async () => {
    const { clock, troubles, told } = makeWorld();
    let isFull = true;
    const database: Database = {
      all: async () => [],
      transact: () => (isFull ? Promise.reject(full()) : Promise.resolve([])),
      close: async () => undefined,
    };
    const watched = new WatchedDatabase({ database, clock, troubles, folder: '/data' });
    for (let i = 0; i < 3; i++) await expect(watched.transact([])).rejects.toMatchObject({ code: 'disk.full' });
    // A full disk takes a small write now and then.
    isFull = false;
    await watched.transact([]);
    await clock.advance(4000);
    isFull = true;
    await expect(watched.transact([])).rejects.toMatchObject({ code: 'disk.full' });
    await clock.advance(10_000);
    expect(told()).toEqual(['the data folder cannot be used']);
    // Nobody writes any more: it finds out by itself.
    isFull = false;
    await clock.advance(10_000);
    expect(told()).toEqual(['the data folder cannot be used', 'the data folder can be used again']);
    await watched.close();
    expect(clock.pendingTimers).toBe(0);
  });
});

describe('the log', () => {
  it('tells of an endless event twenty times a minute, and then how often it came', async () => {
    const { clock, logger, log, told } = makeWorld();
    for (let minute = 0; minute < 2; minute++) {
      for (let i = 0; i < 1000; i++) logger.info('strike', { host: '127.0.0.1', why: 'a failed handshake' });
      for (let i = 0; i < 10; i++) logger.info('strike', { host: '127.0.0.1', why: 'a long head' });
      logger.info('peer banned');
      await clock.advance(60_000);
    }
    expect(told().filter((event) => event === 'strike')).toHaveLength(60);
    expect(told().filter((event) => event === 'peer banned')).toHaveLength(2);
    const sums = log.lines.filter(({ event }) => event === 'more of the same');
    expect(sums.map(({ fields }) => fields)).toEqual([
      { event: 'strike', why: 'a failed handshake', times: 980 },
      { event: 'strike', why: 'a failed handshake', times: 980 },
    ]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('holds few lines though strangers think of a new reason each time, and leaves out none at level debug', () => {
    const { logger, log, told } = makeWorld();
    for (let i = 0; i < 5000; i++) logger.info('strike', { why: `reason ${i}` });
    expect(told().length).toBeLessThanOrEqual(220);
    expect(log.lines).toHaveLength(5000);
    logger.stop();
    expect(log.lines.at(-1)).toMatchObject({ event: 'more of the same', fields: { event: 'strike', times: 4780 } });
  });

  it('tells what it counted when it stops', () => {
    const { clock, logger, log } = makeWorld();
    for (let i = 0; i < 21; i++) logger.warn('again');
    logger.stop();
    expect(log.lines.at(-1)).toEqual({
      level: 'warn',
      event: 'more of the same',
      fields: { event: 'again', times: 1 },
    });
    expect(clock.pendingTimers).toBe(0);
  });
});
