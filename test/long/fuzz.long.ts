import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { inFolder } from '../bench/bench-folder.ts';
import { atMost, type BenchReport, summarize } from '../bench/support.ts';
import { playDecoders } from '../fuzz/machine/play-decoders.ts';
import { playPort } from '../fuzz/port/play-port.ts';

/**
 * Every decoder of what comes from outside, guided by where inputs lead, and beside it the whole server port of a real supernode
 * (docs/adr/0032-fuzzing.md). The full form keeps what decoders went by in test/fuzz/corpus. FUZZ_SEED plays the inputs of an earlier
 * run, FUZZ_SECONDS shortens it.
 */

const FULL_MS = 29 * 60_000;
const SHORT_MS = 35_000;
/** What is kept of inputs and of where they led is not counted by it; the rest stays as it was. */
const HEAP_GROWTH_MIB = 16;
/** Resident: what was let go is given back to the system in steps. */
const MEMORY_GROWTH_MIB = 48;
const DESCRIPTOR_GROWTH = 32;

export function run(isShort: boolean): Promise<BenchReport> {
  const { FUZZ_SEED, FUZZ_SECONDS } = process.env;
  const seed = Number(FUZZ_SEED ?? Date.now() % 2 ** 31);
  const ms = FUZZ_SECONDS ? Number(FUZZ_SECONDS) * 1000 : isShort ? SHORT_MS : FULL_MS;
  console.error(`FUZZ_SEED=${seed}`);
  return inFolder(async (folder) => {
    const [own, other] = [join(folder, 'decoders'), join(folder, 'port')];
    await mkdir(own);
    await mkdir(other);
    const [decoders, port] = await Promise.all([
      playDecoders({ seed, ms, folder: own, isKept: !isShort }),
      playPort({ seed, ms, folder: other }),
    ]);
    const one = ([name, value]: [string, number]) => [name, summarize([value])];
    const figures = (of: object) => Object.fromEntries(Object.entries(of).map(one));
    return {
      bench: 'fuzz',
      results: { decoders: figures(decoders), 'server port': figures(port) },
      goals: [
        atMost('faults of decoders', decoders.faults, 0),
        atMost('growth of the heap of decoders, MiB', decoders.heapGrowthMib, HEAP_GROWTH_MIB),
        atMost('faults of the server port', port.faults, 0),
        atMost('growth of memory, MiB', port.memoryGrowthMib, MEMORY_GROWTH_MIB),
        atMost('growth of descriptors', port.descriptorGrowth, DESCRIPTOR_GROWTH),
      ],
    };
  });
}
