import { REACHABILITY } from '../../../contract/election.ts';
import type { NetworkView, Role, TrafficView } from '../../../contract/network.ts';
import type { StatusView } from '../../../contract/outputs.ts';
import type { Delays } from './event-loop-delay.ts';
import type { ProcessFacts } from './process-facts.ts';

/** What a scrape is made of. */
export type MetricFacts = {
  readonly version: string;
  readonly status: StatusView;
  readonly network: NetworkView;
  readonly traffic: TrafficView;
  readonly process: ProcessFacts;
  readonly delays: Delays | undefined;
};

/** One number, or one for each value of the label; what is null or undefined now is left out of the answer. */
type Reading = number | null | undefined | Readonly<Record<string, number>>;
export type MetricRow = {
  /** A counter's name ends in `_total` and only grows until the peer ends. */
  readonly name: string;
  readonly help: string;
  readonly label?: string;
  readonly read: (facts: MetricFacts) => Reading;
};

const row = (name: string, help: string, read: MetricRow['read']): MetricRow => ({ name, help, read });
const rowBy = (name: string, label: string, help: string, read: MetricRow['read']): MetricRow => ({
  name,
  help,
  label,
  read,
});

const flag = (holds: boolean): number => (holds ? 1 : 0);
const seconds = (ms: number | undefined): number | undefined => (ms === undefined ? undefined : ms / 1000);
/** 1 for the state that holds, 0 for the others. */
const states = <T extends string>(all: readonly T[], now: T) =>
  Object.fromEntries(all.map((state) => [state, flag(state === now)]));

const ROLES: readonly Role[] = ['leaf', 'supernode'];

/** Before each name. */
export const PREFIX = 'shoal_';

/** Every metric, without its prefix, in the order of the answer. Base units and names as Prometheus wants them. */
export const METRICS: readonly MetricRow[] = [
  rowBy('build_info', 'version', 'Always 1; the version is its label.', ({ version }) => ({ [version]: 1 })),

  rowBy('role', 'role', '1 for the role that this peer has.', ({ status }) => states(ROLES, status.role)),
  rowBy('reachability', 'state', '1 for what is known of whether others can connect to this peer.', ({ status }) =>
    states(REACHABILITY, status.reachability),
  ),
  row('parent_connected', 'Whether this peer has a parent.', ({ network }) => flag(network.parent !== null)),
  row('parent_round_trip_seconds', 'Round trip to the parent; left out while there is none.', ({ network }) =>
    seconds(network.parent?.rttMs),
  ),
  row('standby_connected', 'Whether this peer has a second parent.', ({ network }) => flag(network.standby !== null)),
  row('children', 'Children now: leaves, standbys and searchers.', ({ status }) => status.children),
  row('neighbours', 'Links to other supernodes now.', ({ status }) => status.neighbours),

  row('index_files', 'Files in the index, of children and its own.', ({ network }) => network.index.files),
  row('index_contents', 'The same, each content counted once.', ({ network }) => network.index.contents),
  row('index_memory_bytes', 'Rows of the index in memory.', ({ network }) => network.duty.indexBytes),
  row('queries_answered_total', 'Searches of others that this peer answered.', ({ network }) => network.queries.total),
  row('queries_answered_last_minute', 'The same in the last minute.', ({ network }) => network.queries.perMinute),

  rowBy('duty_bytes_total', 'direction', 'Carried for others as a supernode, before TLS and HTTP.', ({ network }) => ({
    up: network.duty.bytesUp,
    down: network.duty.bytesDown,
  })),
  row('relay_pairs', 'Pairs of peers that this one carries files between now.', ({ network }) => network.relay.pairs),
  row(
    'relay_bytes_total',
    'Carried between pairs of peers; each byte counts once.',
    ({ network }) => network.relay.bytes,
  ),
  row('relay_day_bytes', 'The same within the last 24 hours.', ({ network }) => network.relay.dayBytes),
  row('relay_day_limit_bytes', 'The most that is carried within 24 hours.', ({ network }) => network.relay.perDay),
  rowBy(
    'file_bytes_total',
    'direction',
    'Bytes of files sent (up) and received (down).',
    ({ traffic }) => traffic.totals,
  ),

  row('downloads_unfinished', 'Downloads that run, wait or are paused.', ({ status }) => status.downloads),
  row('uploads_running', 'Files that are sent now.', ({ status }) => status.uploads),
  row('upload_slots', 'Uploads at once at most.', ({ network }) => network.load.slots),
  row('upload_slots_used', 'Upload slots that are taken.', ({ network }) => network.load.usedSlots),
  row('upload_queue_peers', 'Peers that wait for an upload slot.', ({ network }) => network.load.queue),
  row('shared_files', 'Files that this peer shares.', ({ status }) => status.files),
  row('shared_bytes', 'Bytes that this peer shares.', ({ status }) => status.bytes),

  row('event_loop_delay_p50_seconds', 'Median delay since the last scrape.', ({ delays }) => delays?.p50),
  row('event_loop_delay_p99_seconds', '99th percentile since the last scrape.', ({ delays }) => delays?.p99),
  row('event_loop_delay_max_seconds', 'Longest delay since the last scrape.', ({ delays }) => delays?.max),

  row('process_cpu_seconds_total', 'Processor time of all threads.', ({ process }) => process.cpuSeconds),
  row('process_resident_memory_bytes', 'Memory of all threads.', ({ process }) => process.residentBytes),
  row('process_heap_bytes', 'Objects of the main thread.', ({ process }) => process.heapBytes),
  row('process_start_time_seconds', 'When the process started, since 1970.', ({ process }) => process.startedSeconds),
  row('process_open_fds', 'Open files and connections.', ({ process }) => process.openDescriptors),
  row('process_max_fds', 'The most that may be open.', ({ process }) => process.maxDescriptors),
];
