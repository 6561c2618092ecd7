import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { register } from 'prom-client';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { QueryName, QueryOutputs } from '../../../src-main/contract/api.ts';
import { METRICS } from '../../../src-main/headless/web/metrics/metric-table.ts';
import { Metrics } from '../../../src-main/headless/web/metrics/metrics.ts';
import { loadMetricsToken } from '../../../src-main/headless/web/metrics/metrics-token.ts';
import { readPrometheusText } from '../../support/prometheus-text.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const network = {
  parent: null,
  standby: null,
  index: { files: 0, contents: null },
  queries: { perMinute: 0, total: 0 },
  load: { slots: 4, usedSlots: 1, queue: 2 },
  duty: { indexBytes: null, bytesUp: 1, bytesDown: 2 },
  relay: { isVolunteer: true, pairs: 0, bytes: 0, dayBytes: 0, perDay: 1 },
};
const status = { role: 'leaf', reachability: 'unknown', neighbours: 0, files: 3, bytes: 4, downloads: 0, uploads: 0 };

function metricsOf(children: number, version = '1.2.3') {
  const answers: Partial<Record<QueryName, unknown>> = {
    status: { ...status, children },
    network,
    traffic: { totals: { down: 5, up: 6 } },
  };
  const query = async <N extends QueryName>(name: N) => answers[name] as QueryOutputs[N];
  const metrics = new Metrics({ api: { query }, version, token: 'x' });
  onTestFinished(() => metrics.stop());
  return metrics;
}

describe('the answer to a scrape', () => {
  test('two peers of one process do not meet in it, and nothing lies in the registry of the process', async () => {
    const [one, other] = [metricsOf(1), metricsOf(2)];
    const texts = await Promise.all([one.text(), other.text(), one.text()]);
    const children = texts.map((text) => readPrometheusText(text).get('shoal_children'));
    expect(children).toEqual([1, 2, 1]);
    expect(register.getMetricsAsArray()).toEqual([]);
  });

  test('what is not known now is left out', async () => {
    const series = readPrometheusText(await metricsOf(0).text());
    expect(series.has('shoal_parent_round_trip_seconds')).toBe(false);
    expect(series.has('shoal_index_contents')).toBe(false);
    expect(series.get('shoal_parent_connected')).toBe(0);
    expect(series.get('shoal_file_bytes_total{direction="up"}')).toBe(6);
  });

  test('a label is escaped', async () => {
    const series = readPrometheusText(await metricsOf(0, 'a"b\\c').text());
    expect(series.get('shoal_build_info{version="a\\"b\\\\c"}')).toBe(1);
  });

  test('every metric has a help of one sentence and a name of its own', () => {
    expect(new Set(METRICS.map(({ name }) => name)).size).toBe(METRICS.length);
    for (const { name, help } of METRICS) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect(help).toMatch(/^[A-Z0-9][^\n]*\.$/);
    }
  });
});

describe('the token of collectors', () => {
  test('stays, unless its file is gone or holds something else', async () => {
    const folder = await temporaryFolder();
    const token = await loadMetricsToken(folder);
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    expect(await loadMetricsToken(folder)).toBe(token);
    await writeFile(join(folder, 'metrics-token'), '\n');
    const next = await loadMetricsToken(folder);
    expect(next).toMatch(/^[0-9a-f]{64}$/);
    expect(next).not.toBe(token);
    expect(await readFile(join(folder, 'metrics-token'), 'utf8')).toBe(`${next}\n`);
  });

  test('one that cannot be kept ends with a clear error', async () => {
    const missing = join(await temporaryFolder(), 'none');
    await expect(loadMetricsToken(missing)).rejects.toMatchObject({ code: 'data.unusable' });
  });
});
