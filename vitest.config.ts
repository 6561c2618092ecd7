import { defineConfig } from 'vitest/config';

const project = (name: string, testTimeout: number, extra: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], testTimeout, hookTimeout: testTimeout, ...extra },
});

export default defineConfig({
  test: {
    globalSetup: 'test/support/scratch-root.ts',
    projects: [
      project('unit', 10_000),
      project('contract', 20_000),
      project('fuzz', 30_000),
      // Real peers, processes and programs: one file at a time, or two cores would measure each other.
      project('integration', 60_000, { fileParallelism: false, sequence: { groupOrder: 1 } }),
      project('e2e', 60_000, { fileParallelism: false, sequence: { groupOrder: 2 } }),
    ],
  },
});
