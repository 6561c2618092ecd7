import type { ElectionCondition, ElectionConditionName } from '../../../contract/election.ts';
import type { Settings } from '../../../contract/settings.ts';
import type { MachineState } from '../../ports/index.ts';

/** Everything by which a peer is judged, measured by itself. Rates in bytes a second, times in ms; undefined = not known. */
export type Measured = {
  readonly callBacks: { readonly needed: number; readonly reached: number };
  readonly isReachabilityKnown: boolean;
  readonly uptimeMs: number;
  readonly averageUptimeMs: number;
  readonly rates: { readonly up: number | undefined; readonly down: number | undefined };
  readonly machine: MachineState;
  /** Since the last change of role that this peer chose, and how long it must rest; 0 when it never changed. */
  readonly settled: { readonly sinceMs: number; readonly neededMs: number };
};

/** Whether a peer may be invited: `early` = only its time or its rates are missing. */
export type Fit = 'no' | 'early' | 'yes';

/** What time and use will bring: an early promotion passes over these. */
const PASSED_OVER: readonly ElectionConditionName[] = ['uptime', 'average-uptime', 'upload-rate', 'download-rate'];

/** Descriptors of a supernode: a session for each child, standby and neighbour, and as many for requests and files. */
const descriptorsNeeded = (settings: Settings): number =>
  2 * (settings['supernode.children'] + settings['supernode.neighbours']);

/** Each condition with what was measured (protocol section 7). */
export function conditionsOf(measured: Measured, settings: Settings): readonly ElectionCondition[] {
  const { callBacks, rates, machine, settled } = measured;
  const known = (reached: number) => (measured.isReachabilityKnown || reached > 0 ? reached : undefined);
  return [
    atLeast('allowed', 1, settings['supernode.role'] === 'never' ? 0 : 1),
    atLeast('reachable', callBacks.needed, known(callBacks.reached)),
    atLeast('uptime', settings['election.uptime'], measured.uptimeMs),
    atLeast('average-uptime', settings['election.average-uptime'], measured.averageUptimeMs),
    atLeast('upload-rate', settings['election.upload-rate'], rates.up),
    atLeast('download-rate', settings['election.download-rate'], rates.down),
    // What a system does not tell does not keep a peer out.
    atLeast('memory', settings['election.memory'], machine.freeMemory ?? Number.MAX_SAFE_INTEGER),
    atLeast('descriptors', descriptorsNeeded(settings), machine.freeDescriptors ?? Number.MAX_SAFE_INTEGER),
    // A machine that works on something else for most of its time would answer late.
    atMost('processor', settings['election.processor'] / 100, machine.processorUse ?? 0),
    atLeast('settled', settled.neededMs, settled.sinceMs),
  ];
}

export function fitOf(conditions: readonly ElectionCondition[]): Fit {
  const missing = conditions.filter(({ holds }) => !holds);
  if (missing.length === 0) return 'yes';
  return missing.every(({ name }) => PASSED_OVER.includes(name)) ? 'early' : 'no';
}

function atLeast(name: ElectionConditionName, needed: number, measured: number | undefined): ElectionCondition {
  return { name, needed, measured: measured ?? null, holds: measured !== undefined && measured >= needed };
}

function atMost(name: ElectionConditionName, needed: number, measured: number): ElectionCondition {
  return { name, needed, measured, holds: measured <= needed };
}
