import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { PinoLogger } from '../../../src-main/platform/pino-logger.ts';

/** A pipe whose reader takes what waits only when it is told to. */
function pipe() {
  const read: string[] = [];
  let take = () => {};
  const screen = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      take = () => {
        read.push(chunk);
        take = () => {};
        done();
      };
    },
  });
  const takeAll = async () => {
    while (screen.writableLength > 0) {
      take();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { screen, read, takeAll };
}

test('lines that nobody reads do not fill the memory, and how many were left out is said when somebody does', async () => {
  const { screen, read, takeAll } = pipe();
  const logger = new PinoLogger({ screen, level: () => 'info' });
  const lines = 20_000;
  for (let i = 0; i < lines; i++) logger.info('something happened', { number: i, text: 'x'.repeat(100) });
  expect(screen.writableLength).toBeLessThan(2 ** 20 + 1000);
  await takeAll();
  const shown = read.length;
  logger.info('the last');
  await takeAll();
  expect(read.slice(shown)).toEqual([
    `… ${lines - shown} lines that nobody read were left out here\n`,
    expect.stringContaining('the last'),
  ]);
});
