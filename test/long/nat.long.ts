import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Program } from '../bench/programs.ts';
import { atMost, type BenchReport, summarize } from '../bench/support.ts';
import { type CellResult, isGood } from '../support/nat-kinds.ts';

/** The test `nat-table`, played by every kind of router with every other over each line; its short form is what `npm test` runs. */
export async function run(isShort: boolean): Promise<BenchReport> {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-nat-'));
  try {
    const report = join(folder, 'cells.jsonl');
    const words = ['vitest', 'run', '--project', 'integration', 'test/integration/nat-table.test.ts'];
    const program = new Program('npx', words, isShort ? {} : { NAT_REPORT: report });
    const status = await program.ended;
    if (status !== 0) throw new Error(`${program.lines.join('\n')}\n${program.err}`);
    const cells = isShort
      ? []
      : readFileSync(report, 'utf8')
          .trim()
          .split('\n')
          .map((line): CellResult => JSON.parse(line));
    for (const cell of cells) console.error(tableRow(cell));
    return reportOf(cells);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const tableRow = ({ line, source, asker, way, firstSeconds, seconds, share }: CellResult): string =>
  `| ${[line, source, asker, way, firstSeconds, seconds, share ?? ''].join(' | ')} |`;

function reportOf(cells: readonly CellResult[]): BenchReport {
  if (cells.length === 0) return { bench: 'nat', results: {}, goals: [] };
  const firsts = cells.flatMap(({ firstSeconds }) => firstSeconds ?? []);
  const shares = cells.flatMap(({ share }) => share ?? []);
  const bad = cells.filter((cell) => !isGood(cell));
  return {
    bench: 'nat',
    results: { shoal: { 'seconds to the first chunk': summarize(firsts), 'share of the line': summarize(shares) } },
    goals: [atMost('cells that failed, were slow or went another way', bad.length, 0)],
  };
}
