import { METRICS, PREFIX } from '../../src-main/headless/web/metrics/metric-table.ts';
import { cell } from './settings-page.ts';

/** docs/metrics.md: the table of what `/metrics` answers. */
export function metricsPage(): string {
  const rows = METRICS.map(({ name, label, help }) => {
    const kind = name.endsWith('_total') ? 'counter' : 'gauge';
    return `| \`${PREFIX}${name}\` | ${kind} | ${label ? `\`${label}\`` : ''} | ${cell(help)} |`;
  });
  return `# Metrics

Written by \`npm run docs\` from \`src-main/headless/web/metrics/metric-table.ts\`; a test fails when it is stale.

What \`/metrics\` of a peer with \`--web\` answers, in the text format of Prometheus; [volunteer.md](volunteer.md) says how it is collected.
Units are bytes and seconds. Counters begin at 0 with the peer. What is not known at the moment is left out.

| metric | kind | label | what |
|---|---|---|---|
${rows.join('\n')}
`;
}
