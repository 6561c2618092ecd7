import { inFolder } from '../bench/bench-folder.ts';
import { atMost, type BenchReport, summarize } from '../bench/support.ts';
import { playDecoders } from '../fuzz/machine/play-decoders.ts';

/** Every decoder of what comes from outside, guided by where inputs lead (docs/adr/0032-fuzzing.md). */

const FULL_MS = 30 * 60_000;
const SHORT_MS = 40_000;
/** What is kept of inputs and of where they led is not counted by it; the rest stays as it was. */
const HEAP_GROWTH_MIB = 16;

export function run(isShort: boolean): Promise<BenchReport> {
  const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
  const ms = process.env.FUZZ_SECONDS ? Number(process.env.FUZZ_SECONDS) * 1000 : isShort ? SHORT_MS : FULL_MS;
  console.error(`FUZZ_SEED=${seed}`);
  return inFolder(async (folder) => {
    const decoders = await playDecoders({ seed, ms, folder, isKept: !isShort });
    const one = ([name, value]: [string, number]) => [name, summarize([value])];
    return {
      bench: 'fuzz',
      results: { decoders: Object.fromEntries(Object.entries(decoders).map(one)) },
      goals: [
        atMost('faults of decoders', decoders.faults, 0),
        atMost('growth of the heap of decoders, MiB', decoders.heapGrowthMib, HEAP_GROWTH_MIB),
      ],
    };
  });
}
