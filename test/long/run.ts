import { readdirSync } from 'node:fs';
import type { BenchReport } from '../bench/support.ts';

/** `npm run long -- NAME… [--short]`: runs test/long/NAME.long.ts and prints its report as one line of JSON; ends with 1 when a goal is missed. */
const SUFFIX = '.long.ts';
const SHORT = '--short';
const known = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length));
const words = process.argv.slice(2);
const names = words.filter((word) => word !== SHORT);
const unknown = names.filter((name) => !known.includes(name));

if (names.length === 0 || unknown.length > 0) {
  console.error(`usage: npm run long -- NAME… [${SHORT}], NAME being ${known.join(' or ')}`);
  process.exitCode = 2;
} else {
  for (const name of names) {
    const { run }: { run: (isShort: boolean) => Promise<BenchReport> } = await import(`./${name}${SUFFIX}`);
    const report = await run(words.includes(SHORT));
    console.log(JSON.stringify(report));
    if (report.goals.some(({ holds }) => !holds)) process.exitCode = 1;
  }
}
