import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Longer than anything that is waited for takes on a busy machine. */
const PATIENCE_MS = 20_000;
/** Files of units at once: they work. */
const UNIT_FILES = 3;
/** Files of real peers, processes and programs at once: they mostly wait for each other. */
const REAL_FILES = 4;

const project = (name: string, testTimeout: number, extra: object = {}) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout,
    hookTimeout: testTimeout,
    expect: { poll: { timeout: PATIENCE_MS } },
    ...extra,
  },
});

/** Browsers keep a processor busy, and peers do not: a file with the one runs beside files with the others. */
class Alternating extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const browsing = sorted.filter(({ project }) => project.name === 'e2e');
    return sorted
      .filter(({ project }) => project.name !== 'e2e')
      .flatMap((file) => (file.project.name === 'integration' ? [...browsing.splice(0, 1), file] : [file]))
      .concat(browsing);
  }
}

export default defineConfig({
  test: {
    globalSetup: 'test/support/scratch-root.ts',
    maxWorkers: Math.max(UNIT_FILES, availableParallelism() - 1),
    sequence: { sequencer: Alternating },
    projects: [
      project('unit', 30_000),
      project('contract', 30_000),
      project('fuzz', 30_000),
      project('integration', 120_000, { maxWorkers: REAL_FILES, sequence: { groupOrder: 1 } }),
      project('e2e', 120_000, { maxWorkers: REAL_FILES, sequence: { groupOrder: 1 } }),
      // These hold the program to seconds: beside others, the cores would measure each other.
      project('timed', 60_000, { fileParallelism: false, sequence: { groupOrder: 2 } }),
    ],
  },
});
