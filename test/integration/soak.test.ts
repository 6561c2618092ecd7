import { expect, test } from 'vitest';
import { isBuilt } from '../../build/built.js';
import { run } from '../long/soak.long.ts';

/** Linux tells what a process has open; `npm run long -- soak` looks at memory too. */
test.skipIf(process.platform !== 'linux' || !isBuilt())(
  'users and strangers do everything at once, and afterwards nothing is open that was not, and no log complains',
  { timeout: 90_000 },
  async () => {
    const { goals } = await run(true);
    expect(goals.filter(({ holds }) => !holds)).toEqual([]);
  },
);
