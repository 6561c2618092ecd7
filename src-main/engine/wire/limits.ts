/** Limits of what peers send each other, each with its reason. docs/limits.md lists them. */

import { MAX_LIST_BYTES, MAX_LIST_FILES, MAX_LIST_SOURCES } from '../../contract/lists.ts';

const MIB = 2 ** 20;

/** Entries of one upload batch (protocol section 5): one batch costs the index worker less than 10 ms. */
export const FILES_BATCH_ENTRIES = 500;
/** One upload batch as sent, gzip (protocol section 5). */
export const FILES_BATCH_PACKED_BYTES = MIB;
/** One upload batch unpacked, counted while unpacking (protocol section 5): a gzip bomb ends here. */
export const FILES_BATCH_UNPACKED_BYTES = 4 * MIB;
/**
 * One element as text, UTF-16 units: a descriptor's name and six texts, each character as a reference, its numbers and its hash take
 * less than 10 KiB. Without it a hundred thousand attributes would become objects before the first of them is refused.
 */
export const XML_ELEMENT_LENGTH = 16 * 1024;
/** Descriptors on one page of `/shares`: as many as in an upload batch, for the same time to read them. */
export const SHARES_PAGE_ENTRIES = 500;
/** One page of `/shares`: as an upload batch unpacked, since it carries the same. */
export const SHARES_PAGE_BYTES = 4 * MIB;

/** A list of files (Metalink 4), UTF-8 when written, UTF-16 units when read: 10,000 files of 400 bytes; read whole, in a thread of its own. */
export const METALINK_BYTES = MAX_LIST_BYTES;
/** Files of one list: each becomes a download, or a row on a page. */
export const METALINK_FILES = MAX_LIST_FILES;
/** Sources of one file in a list: more than a download asks at once; further ones are passed over. */
export const METALINK_URLS = MAX_LIST_SOURCES;
/**
 * Web seeds of one list in all, the best ones of each file: two for each of 10,000 files, and 29 MB, for each is remembered in 1.43 kB
 * (measured). Without it 4 MiB of short addresses would take 215 MB.
 */
export const METALINK_SEEDS = 20_000;
/** Tags of one list: 10,000 files with 15 elements each, rounded up; a million empty ones would take 200 MB as a tree. */
export const METALINK_TAGS = 400_000;

/** One range asked of a web server (protocol section 12): as of a peer at most. */
export const WEB_RANGE_BYTES = 64 * MIB;
/** The body of a refusal or a redirect is read to its end up to this much, so that the connection can be used again; of a longer one no more is taken. */
export const WEB_DROPPED_BYTES = 64 * 1024;

const KIB = 2 ** 10;

/** Longest text of each session message, UTF-16 units: all its fields at their own limits, rounded up. Hits: protocol section 8. */
export const MESSAGE_LENGTHS = {
  hello: 4 * KIB,
  welcome: 16 * KIB,
  query: 24 * KIB,
  hits: 64 * KIB,
  wave: 8 * KIB,
  end: 8 * KIB,
  more: KIB,
  stop: KIB,
  load: KIB,
  invite: KIB,
  leaving: 16 * KIB,
  call: KIB,
  called: KIB,
  votes: 32 * KIB,
  bye: KIB,
} as const;

/**
 * What one session may bring, a second and at once: messages, pings among them, and UTF-16 units of text. Between supernodes: 200 asks a second each
 * way (protocol section 8) with their answers of at most 64 Ki, and a search of 500 supernodes arriving whole. From a child: 30 queries a
 * minute, their `stop`s, and its `load`; and all votes of one that comes, twice.
 */
export const SUPERNODE_MESSAGES = {
  ...{ perSecond: 500, burst: 2000 },
  ...{ textPerSecond: 16 * 2 ** 20, textBurst: 64 * 2 ** 20 },
} as const;
export const CHILD_MESSAGES = {
  ...{ perSecond: 10, burst: 100 },
  ...{ textPerSecond: 64 * 2 ** 10, textBurst: 2 * 2 ** 20 },
} as const;
/** Messages kept while nobody reads them yet, between two steps of a handshake: more is a flood. */
export const EARLY_MESSAGES = 64;
/** Sessions of one address (/64) and of all whose hello has not come yet: 16 addresses must be at it to keep others out. Private ones count in all only. */
export const GREETINGS = { ofAddress: 16, ofAll: 256 } as const;
/** Supernodes in one answer to `GET /supernodes` (protocol section 5). */
export const SUPERNODE_LIST_ENTRIES = 200;
/** 200 entries of at most 450 bytes, rounded up. */
export const SUPERNODE_LIST_BYTES = 128 * KIB;
/** `/about` and the answer to an upload: a few short fields. */
export const SMALL_ANSWER_BYTES = 4 * KIB;
/** `/content/<hash>/sources`: 20 entries of at most 150 bytes, rounded up. */
export const SOURCES_BYTES = 8 * KIB;
/** Of the body that shows how fast a line is, each way: a second at the rates that a supernode needs, twice (protocol section 7). */
export const PROBE_BYTES = { down: 512 * KIB, up: 128 * KIB } as const;
/** Call-backs in a minute, of one /24 (private ones count by NodeId) and of all: each costs a dial. */
export const REACH_TESTS = { perBlock: 8, inAll: 120 } as const;
/**
 * Probes of a line in a minute, each way, of one /24 (private ones count by NodeId) and of all. What they may draw from a supernode in a minute is
 * the 8th part of what its line sends, `bytes` while that is not measured, and one probe at least: searches and files need the line too.
 */
export const PROBES = { perBlock: 4, inAll: 120, bytes: 2048 * KIB, linePart: 8 } as const;
/**
 * Calls that a source takes (protocol section 11), of one address (/64; private ones count by NodeId) and of all in a minute, and that its
 * parent passes on to it, of both: each makes it dial a stranger.
 */
export const CALLS_TAKEN = { perAddress: 5, aMinute: 30 } as const;
/**
 * Calls in a minute that a supernode passes on for one child, takes from one /24, and brings to its children for one address (/64; private
 * ones count by NodeId): some for each of the sources of a few downloads, and not enough to have a crowd dial somebody.
 */
export const CALLS_PASSED = { perChild: 60, perBlock: 120, perAddress: 30 } as const;
/** Strangers of one /24 (private ones count by NodeId) that a supernode asks in a minute whether they are supernodes, as who calls for another must be. */
export const SUPERNODE_CHECKS = 8;
/** Calls under way at a supernode, or of one asker: each is kept for 30 s at most. */
export const CALLS_OPEN = 500;
/** Simultaneous open: tries, and the time of each, ms (protocol section 11). */
export const PUNCH = { tries: 4, tryMs: 1500 } as const;
/** Pairs that a relay carries at once: what they may take together is little, and each has two connections. */
export const RELAYS_OPEN = 32;
/** Of them, those of askers of one /24 (private ones count by NodeId): this many fill what all may have. */
export const RELAYS_PER_BLOCK = 4;
/** A pair that sends nothing for this long gives its place up, ms: both sides let go of idle connections sooner. */
export const RELAY_IDLE_MS = 90_000;
/** Who comes to a relay first waits for the other one, ms. */
export const RELAY_WAIT_MS = 30_000;
/** A token is good for this, milliseconds (protocol section 11). */
export const CALL_TOKEN_MS = 30_000;
/** Votes in one message of a child, and in the answer to `/content/<hash>/votes`: to check them costs 64 × 0.1 ms. */
export const VOTES_PER_MESSAGE = 64;
/** `/content/<hash>/votes`: 64 votes of at most 460 bytes, rounded up. */
export const VOTES_BYTES = 32 * KIB;
/**
 * Votes that a supernode keeps of one child and of all, 612 bytes each (measured): years of one user, and 31 MB. Beyond that the oldest go of the child that
 * has most. A child may bring as many as it may have, twice, in 10 min: it comes back, or changes its mind; more are left out. `unchecked`: votes of all that
 * wait to be checked, some seconds of work and 20 MB; beyond that each child may have one message there, and what else it brings is left out.
 */
export const CHILD_VOTES = { ofOne: 2000, ofAll: 50_000, broughtIn10Min: 4000, unchecked: 20_000 } as const;
/**
 * Votes that others tell in answer to a query, which a parent checks before it passes them on: of one supernode in a minute (ten full answers), of all
 * in a second (a tenth of a core), and on one file in one search (470 kB on the child's line). More are left out.
 */
export const PASSED_VOTES = { ofOneAMinute: 640, aSecond: 1000, inSearch: 1024 } as const;
/**
 * Looks at what others say of files: in a minute a third of a leaf's queries, in 10 min half of what its parent asks for it (protocol section 8), of which
 * one look takes at most half of what is left, and none begins with less than two small waves.
 */
export const LOOKS = { aMinute: 10, asksIn10Min: 1500, fewestAsks: 24 } as const;
/** Requests for votes answered in a minute, to one peer and to one /24 (IPv6 /48): those of a few downloads and of a page of results. */
export const VOTE_REQUESTS = { perPeer: 60, perBlock: 240 } as const;
/** Hits in one message, beside its 64 KiB (protocol section 8). */
export const HITS_PER_MESSAGE = 200;

/** A request or answer head. Ours take less than 1 KiB; Node's own default. */
export const HEAD_BYTES = 16 * KIB;
/** Fields in one head: ours have less than 15. */
export const HEAD_FIELDS = 64;
/** One session message as sent: the longest text, `hits`, with the three bytes that UTF-8 needs at most for one UTF-16 unit. */
export const SESSION_MESSAGE_BYTES = 3 * MESSAGE_LENGTHS.hits;
/** Waiting to be sent on one session: 64 of the longest answers. A peer that takes less is too slow to be talked to. */
export const SESSION_WAITING_BYTES = 4 * MIB;
/** Requests of one connection that wait for the answer before them: a download asks 2 ahead (protocol section 9). */
export const PIPELINED_REQUESTS = 8;
/**
 * Requests of one address (/64) that wait for their turn to be sent a file of at most 1 MiB (private ones count by NodeId): as many as may be
 * open of it, for whoever fetches a folder asks for all at once. Where no place is free, who has most gives way to others.
 */
export const SMALL_FILES_WAITING_PER_ADDRESS = 64;
/**
 * Bytes of answers that are sent from memory (lists, hash trees) and wait to be taken: of one address (/64), of one private address, and of
 * all. One alone always may. A list has 4 MiB at most, the tree of 128 GiB too: some at once for a household, and no memory for who asks and does not read.
 */
export const WAITING_ANSWERS = {
  ...{ ofAddress: 16 * 2 ** 20, ofPrivateAddress: 64 * 2 ** 20, ofAll: 128 * 2 ** 20 },
} as const;
/** Open connections from one address (/64): a peer needs a session, a request and a few downloads. Private and loopback ones have a limit of their own. */
export const CONNECTIONS_PER_ADDRESS = 64;
/** Open connections from one private or loopback address: many peers may share it, behind a proxy or on one machine, but half are left for all others. */
export const CONNECTIONS_PER_PRIVATE_ADDRESS = 1024;
/**
 * Of a supernode's child places one address (/64) has at most the 16th part and one /24 (IPv6 /48) the 8th, but each at least 4; private
 * and loopback ones are exempt. Of 150 these are 9 and 18: more than a household has, while a network of many users behind few addresses finds
 * places with other supernodes; who has one address, or a block of them, fills none.
 */
export const CHILD_PLACES = { ofAddress: 16, ofBlock: 8, least: 4 } as const;
/** Open connections from everyone: 150 children, 50 neighbours, uploads, queries, times four; half of a usual limit of 4096 descriptors. */
export const CONNECTIONS = 2048;
/** Peers to which a connection for requests is kept: one search asks at most 24 at a time (protocol section 8), many may run. */
export const KEPT_REQUEST_CONNECTIONS = 256;

/** Times of links, milliseconds. */
export const LINK_TIMES = {
  /** TLS must stand within this (protocol section 10). */
  handshakeMs: 10_000,
  /** A head must be there within this: longer is someone holding the connection. */
  headMs: 10_000,
  /** A request with its body, 1 MiB at most, at 17 KiB/s. */
  requestMs: 60_000,
  /** An idle connection is kept for this (protocol section 10). */
  keepAliveMs: 65_000,
  /** A side that asks lets go of an idle connection well before the other side would, so that no request meets a closing one. */
  keepRequestsMs: 30_000,
  /** A peer that takes nothing of an answer for this long is gone. */
  writeStallMs: 30_000,
} as const;
export type LinkTimes = { readonly [Name in keyof typeof LINK_TIMES]: number };
/**
 * Uploads of children at once, 1 MiB each (the index takes them one by one anyway), and of them those of one address and of one /24 (IPv6 /48),
 * private ones exempt: a body may take a minute to come, and others wait for a place meanwhile.
 */
export const CHILD_UPLOADS = { ofAll: 8, ofAddress: 2, ofBlock: 3 } as const;
/**
 * Files of a child whose hashes begin with the same 12 digits. A hash has one size, two where a file of 64 bytes shares its root with a larger
 * one, and equal beginnings of different hashes do not happen, but can be claimed; all rows of one beginning are walked for each that is looked up.
 */
export const FILES_OF_NEARLY_ONE_HASH = 4;
