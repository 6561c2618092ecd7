import { describe, expect, test } from 'vitest';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';

describe('MemoryLogger', () => {
  test('keeps level, event and fields in order', () => {
    const logger = new MemoryLogger();
    logger.debug('a');
    logger.info('b', { n: 1 });
    logger.warn('c');
    logger.error('d', { why: 'x' });
    expect(logger.lines).toEqual([
      { level: 'debug', event: 'a', fields: {} },
      { level: 'info', event: 'b', fields: { n: 1 } },
      { level: 'warn', event: 'c', fields: {} },
      { level: 'error', event: 'd', fields: { why: 'x' } },
    ]);
  });

  test('forgets the oldest lines rather than grow without end', () => {
    const logger = new MemoryLogger({ maxLines: 100 });
    for (let line = 0; line < 1000; line++) logger.info(`event ${line}`);
    expect(logger.lines.length).toBeLessThanOrEqual(100);
    expect(logger.lines.at(-1)?.event).toBe('event 999');
  });
});
