import { readdirSync } from 'node:fs';
import type { BenchReport } from './support.ts';

/** `npm run bench -- NAME…`: runs test/bench/NAME.bench.ts and prints its report as one line of JSON; ends with 1 when a goal is missed. */
const SUFFIX = '.bench.ts';
const known = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(SUFFIX))
  .map((file) => file.slice(0, -SUFFIX.length));
const names = process.argv.slice(2);
const unknown = names.filter((name) => !known.includes(name));

if (names.length === 0 || unknown.length > 0) {
  console.error(`usage: npm run bench -- NAME…, NAME being ${known.join(' or ')}`);
  process.exitCode = 2;
} else {
  for (const name of names) {
    const { run }: { run: () => Promise<BenchReport> } = await import(`./${name}${SUFFIX}`);
    const report = await run();
    console.log(JSON.stringify(report));
    if (report.goals.some(({ holds }) => !holds)) process.exitCode = 1;
  }
}
