import { z } from 'zod';
import { electionConditionSchema, needViewSchema, REACHABILITY, reachTestSchema } from './election.ts';
import { countSchema, nodeIdSchema } from './schemas.ts';

/** What the page on the network shows: this peer's place in it, what that costs, and the traffic of files. */

const ROLES = ['leaf', 'supernode'] as const;
export const roleSchema = z.enum(ROLES);
export type Role = z.infer<typeof roleSchema>;

/**
 * Why this peer has its role. Supernode: the user wants it; nobody answered; only full ones answered; the user wanted it before; its
 * parent asked it to. Leaf: the user wants no supernode; it has a parent; it joined another small supernode; there were more supernodes
 * than needed; nobody could reach it as a supernode any more; it still looks for a parent.
 */
const ROLE_REASONS = [
  'user-always',
  'alone',
  'full-supernodes',
  'was-always',
  'invited',
  'user-never',
  'found-supernode',
  'merged',
  'stepped-down',
  'unreachable',
  'looking',
] as const;
export type RoleReason = (typeof ROLE_REASONS)[number];

export const msSchema = z.number().min(0);
const nameSchema = z.string().nullable();
/** Bytes a second. */
export const rateSchema = z.number().min(0);

export const parentViewSchema = z.object({ node: nodeIdSchema, address: z.string(), rttMs: msSchema });
export type ParentView = Readonly<z.infer<typeof parentViewSchema>>;

/** `sinceMs`: how long it has been what it is. `lost`: how many before it were lost since the start. */
const keptParentSchema = parentViewSchema.extend({ sinceMs: msSchema, lost: countSchema });
export type KeptParentView = Readonly<z.infer<typeof keptParentSchema>>;

/** `name` is what the peer calls itself: never trusted. `files`: of it in the index now. */
const childViewSchema = z.object({
  node: nodeIdSchema,
  address: z.string(),
  name: nameSchema,
  role: z.enum(['leaf', 'standby', 'searcher']),
  files: countSchema,
  connectedMs: msSchema,
  rttMs: msSchema.nullable(),
});
export type ChildView = Readonly<z.infer<typeof childViewSchema>>;

/** `name` is null for those that this peer dialled: they do not say it. */
const neighbourViewSchema = z.object({
  node: nodeIdSchema,
  address: z.string(),
  name: nameSchema,
  rttMs: msSchema.nullable(),
  connectedMs: msSchema,
  children: countSchema.nullable(),
});
export type NeighbourView = Readonly<z.infer<typeof neighbourViewSchema>>;

/**
 * LAN discovery. `unavailable`: switched on, but this machine has no network for it, or another program has its port. `found`: addresses
 * announced now. `refused`: what was announced beyond all limits, since the start.
 */
const lanViewSchema = z.object({
  state: z.enum(['off', 'on', 'unavailable']),
  found: countSchema,
  refused: countSchema,
});
export type LanView = Readonly<z.infer<typeof lanViewSchema>>;

/**
 * Whether the supernodes known are all of one network: not looked at yet; `not-possible`, for all are known by one way, or nobody
 * answers; one; two that know nothing of each other; `unclear`, for nobody that a side named answers.
 */
const WORLDS = ['unchecked', 'not-possible', 'one', 'two', 'unclear'] as const;
export type Worlds = (typeof WORLDS)[number];
/** How this peer came to know a supernode: the first way holds, and those that it names have the same. */
export const WAYS = ['user', 'built-in', 'lan', 'cache', 'called'] as const;

/** One side that was compared: whom it began with, how that one was known, and how many supernodes it named in the end. */
const worldSideSchema = z.object({ way: z.enum(WAYS), address: z.string(), entries: countSchema });
export type WorldSide = Readonly<z.infer<typeof worldSideSchema>>;
export const worldsViewSchema = z.object({
  state: z.enum(WORLDS),
  /** Two sides, or none while nothing was compared. */
  sides: z.array(worldSideSchema).readonly(),
  /** How long ago; null: never. */
  checkedMs: msSchema.nullable(),
});
export type WorldsView = Readonly<z.infer<typeof worldsViewSchema>>;

export const MAPPING_PROTOCOLS = ['pcp', 'nat-pmp', 'upnp'] as const;
export type MappingProtocol = (typeof MAPPING_PROTOCOLS)[number];

/**
 * A port that the router passes on. `off`: switched off, or nobody to ask; `none`: no router of this network does it. `router`: its address
 * inside; `host` and `port`: outside, as it says itself, which may not know its address.
 */
export const mappingViewSchema = z.object({
  state: z.enum(['off', 'not-needed', 'looking', 'mapped', 'none']),
  protocol: z.enum(MAPPING_PROTOCOLS).nullable(),
  router: z.string().nullable(),
  host: z.string().nullable(),
  port: countSchema.nullable(),
});
export type MappingView = Readonly<z.infer<typeof mappingViewSchema>>;

/** Whether others can connect to this peer, who tried, and what the router does for it. */
export const reachViewSchema = z.object({
  state: z.enum(REACHABILITY),
  tests: z.array(reachTestSchema).readonly(),
  mapping: mappingViewSchema,
  /** Where peers of other networks connect to this one, `host:port`; empty while nobody can, or nobody said so. */
  outside: z.array(z.string()).readonly(),
});
export type ReachView = Readonly<z.infer<typeof reachViewSchema>>;

/** What this peer carries between two others that cannot connect to each other, and cannot read. Each byte counts once. */
export const relayViewSchema = z.object({
  /** The setting `relay.volunteer`; only a supernode is asked to. */
  isVolunteer: z.boolean(),
  /** Pairs that are here now. */
  pairs: countSchema,
  /** Since the start. */
  bytes: countSchema,
  /** Within the last 24 hours, to 5 %, and since the start; `perDay`: the setting that limits it. */
  dayBytes: countSchema,
  perDay: countSchema,
});
export type RelayView = Readonly<z.infer<typeof relayViewSchema>>;

export const networkViewSchema = z.object({
  role: roleSchema,
  why: z.enum(ROLE_REASONS),
  parent: keptParentSchema.nullable(),
  standby: keptParentSchema.nullable(),
  /** What it needs to be a supernode, each with what was measured. */
  election: z.array(electionConditionSchema).readonly(),
  /** How much supernodes are needed, as this one sees it; null for a leaf. */
  need: needViewSchema.nullable(),
  reachability: reachViewSchema,
  lan: lanViewSchema,
  worlds: worldsViewSchema,
  /** At most 500, as neighbours: leaves, those that keep a warm place here, those that only search. */
  children: z.array(childViewSchema).readonly(),
  neighbours: z.array(neighbourViewSchema).readonly(),
  /** What this peer indexes: files of its children and its own; `contents` counts the same content once. Nothing as a leaf. */
  index: z.object({ files: countSchema, contents: countSchema.nullable() }),
  /** Searches that others asked of this peer and it answered: in the last minute, and since the start. */
  queries: z.object({ perMinute: countSchema, total: countSchema }),
  /** Upload slots, those taken, and peers that wait for one. */
  load: z.object({ slots: countSchema, usedSlots: countSchema, queue: countSchema }),
  /**
   * What it carried as a supernode since the start: messages of children and neighbours, what children uploaded, and queries over HTTP, in
   * bytes without what TLS and HTTP add. `indexBytes`: the rows in memory, without what lies on disk; null while it has no index.
   */
  duty: z.object({ indexBytes: countSchema.nullable(), bytesUp: countSchema, bytesDown: countSchema }),
  relay: relayViewSchema,
});
export type NetworkView = Readonly<z.infer<typeof networkViewSchema>>;

const flowSchema = z.object({ down: rateSchema, up: rateSchema });
export type Flow = Readonly<z.infer<typeof flowSchema>>;

/** Bytes of files only: what peers say to each other is not in it. Rates in bytes a second, oldest first, the running step left out. */
export const trafficViewSchema = z.object({
  stepMs: msSchema,
  /** The last 10 minutes. */
  samples: z.array(flowSchema).readonly(),
  longStepMs: msSchema,
  /** The last 24 hours. */
  long: z.array(flowSchema).readonly(),
  /** Bytes since the start. */
  totals: z.object({ down: countSchema, up: countSchema }),
});
export type TrafficView = Readonly<z.infer<typeof trafficViewSchema>>;
