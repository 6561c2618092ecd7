import type { Registry } from 'prom-client';
import type { EngineApi } from '../../../contract/api.ts';
import { isSameToken } from '../../token.ts';
import { EventLoopDelay } from './event-loop-delay.ts';
import { METRICS, type MetricFacts, type MetricRow, PREFIX } from './metric-table.ts';
import { readProcess } from './process-facts.ts';

type Deps = { readonly api: Pick<EngineApi, 'query'>; readonly version: string; readonly token: string };

/** Prometheus text format 0.0.4, which every collector reads. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Makes what `/metrics` answers, anew each time: nothing is counted or asked between two scrapes but the delays of the event loop. */
export class Metrics {
  readonly #deps: Deps;
  readonly #delay = new EventLoopDelay();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Whether an `Authorization` header carries the token of collectors. */
  allows(authorization = ''): boolean {
    const [, given] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
    return given !== undefined && isSameToken(given, this.#deps.token);
  }

  /** Fails as the engine's queries do. */
  async text(): Promise<string> {
    const { api, version } = this.#deps;
    const [prometheus, status, network, traffic] = await Promise.all([
      // Loaded by the first scrape: a peer that nobody watches need not keep it in memory.
      import('prom-client'),
      api.query('status', {}),
      api.query('network', {}),
      api.query('traffic', {}),
    ]);
    const facts = { version, status, network, traffic, process: readProcess(), delays: this.#delay.take() };
    const registry = new prometheus.Registry();
    for (const row of METRICS) add(prometheus, { row, facts, registry });
    return registry.metrics();
  }

  /** Idempotent. */
  stop(): void {
    this.#delay.stop();
  }
}

type Prometheus = typeof import('prom-client');
type Addition = { readonly row: MetricRow; readonly facts: MetricFacts; readonly registry: Registry };

function add({ Counter, Gauge }: Prometheus, { row, facts, registry }: Addition): void {
  const reading = row.read(facts);
  if (reading === null || reading === undefined) return;
  const { name, help, label } = row;
  const options = { name: `${PREFIX}${name}`, help, labelNames: label ? [label] : [], registers: [registry] };
  const metric = name.endsWith('_total') ? new Counter(options) : new Gauge(options);
  if (typeof reading === 'number') metric.inc(reading);
  else for (const [value, amount] of Object.entries(reading)) metric.inc({ [label ?? 'value']: value }, amount);
}
