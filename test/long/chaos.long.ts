import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Program } from '../bench/programs.ts';
import { atMost, type BenchReport, summarize } from '../bench/support.ts';

/** What `test/integration/chaos.test.ts` writes down. */
type Seen = {
  readonly seed: number;
  readonly wanted: number;
  readonly due: number;
  readonly finished: number;
  readonly wrong: number;
  readonly mendSeconds: number;
  readonly deeds: Readonly<Record<string, number>>;
};

/** The test of the same name, played by 10 peers with 50 files for five minutes; its short form is what `npm test` runs. */
export async function run(isShort: boolean): Promise<BenchReport> {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-chaos-'));
  try {
    const report = join(folder, 'report.json');
    const words = ['vitest', 'run', '--project', 'integration', 'test/integration/chaos.test.ts'];
    const program = new Program('npx', words, isShort ? {} : { CHAOS_REPORT: report });
    const status = await program.ended;
    if (status !== 0) throw new Error(`${program.lines.join('\n')}\n${program.err}`);
    const seen: Seen | undefined = isShort ? undefined : JSON.parse(readFileSync(report, 'utf8'));
    if (!seen) return { bench: 'chaos', results: {}, goals: [] };
    const { wanted, due, finished, wrong, mendSeconds, deeds } = seen;
    const counts = { wanted, 'with a source to the end': due, finished, 'seconds until whole': mendSeconds, ...deeds };
    const shoal = Object.fromEntries(Object.entries(counts).map(([name, value]) => [name, summarize([value])]));
    const goals = [atMost('not finished', Math.max(0, due - finished), 0), atMost('wrong', wrong, 0)];
    return { bench: 'chaos', results: { shoal }, goals };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
