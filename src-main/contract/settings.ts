/**
 * The settings table: name, kind, default, range, whether a change waits for a restart, and help. Types, the stored file,
 * `shoal settings`, the form and the docs derive from it. Durations are milliseconds, sizes bytes, rates bytes a second (0 = no limit).
 */
export type NumericEntry = {
  readonly kind: 'count' | 'duration' | 'size' | 'rate';
  readonly default: number;
  readonly min: number;
  readonly max: number;
};
/** Without a `format` any text will do; with one the empty text will too. */
export type TextEntry = {
  readonly kind: 'text';
  readonly default: string;
  readonly format?: 'schedule' | 'listen-address' | 'ip';
};
type Other =
  | { readonly kind: 'switch'; readonly default: boolean }
  | TextEntry
  | { readonly kind: 'choice'; readonly default: string; readonly choices: readonly string[] };
export type SettingEntry = (NumericEntry | Other) & { readonly restart?: true; readonly help: string };

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const KIB = 2 ** 10;
const MIB = 2 ** 20;

const count = (fallback: number, min: number, max: number, help: string) =>
  ({ kind: 'count', default: fallback, min, max, help }) as const;
const duration = (fallback: number, min: number, max: number, help: string) =>
  ({ kind: 'duration', default: fallback, min, max, help }) as const;
const size = (fallback: number, min: number, max: number, help: string) =>
  ({ kind: 'size', default: fallback, min, max, help }) as const;
const rate = (help: string) => ({ kind: 'rate', default: 0, min: 0, max: 2 ** 40, help }) as const;

export const SETTINGS = {
  'log.level': {
    kind: 'choice',
    default: 'info',
    choices: ['debug', 'info', 'warn', 'error'],
    help: 'the least serious events that the log tells',
  },
  'app.close-to-tray': {
    kind: 'switch',
    default: true,
    help: 'closing the window of the application leaves it in the tray; off = only while something is transferred',
  },
  'page.language': {
    kind: 'choice',
    default: 'system',
    choices: ['system', 'en', 'de', 'es', 'zh', 'ar'],
    help: 'language of the page and of the application around it; system = that of the browser or the system',
  },
  'page.theme': { kind: 'choice', default: 'system', choices: ['system', 'light', 'dark'], help: 'page colours' },
  'page.density': {
    kind: 'choice',
    default: 'comfortable',
    choices: ['comfortable', 'compact'],
    help: 'height of the rows of the page',
  },
  'page.layout': {
    kind: 'text',
    default: '',
    help: 'columns of the tables of the page, as JSON; empty = as they come',
  },
  'page.welcomed': { kind: 'switch', default: false, help: 'the welcome of the page was seen' },
  'page.votes-asked': {
    kind: 'switch',
    default: false,
    help: 'the page has asked whether others may be told what the user says of files',
  },
  'peer.name': { kind: 'text', default: '', help: 'name shown to others, at most 32 characters; never trusted' },
  'peer.listen': {
    kind: 'text',
    default: '',
    format: 'listen-address',
    restart: true,
    help: 'HOST:PORT to listen on; empty = all addresses, port 1214 or a free one',
  },
  'peer.bind': {
    kind: 'text',
    default: '',
    format: 'ip',
    restart: true,
    help: 'IP address that all traffic leaves from and comes in at, of a VPN say; without it there is none; empty = any',
  },
  'discovery.lan': {
    kind: 'switch',
    default: true,
    help: 'find peers of the local network, and let them find this one (multicast DNS)',
  },
  'downloads.folder': {
    kind: 'text',
    default: '',
    help: "where finished files go; empty = Shoal in the user's download folder",
  },
  'downloads.share': { kind: 'switch', default: true, help: 'share the download folder, and so what was downloaded' },
  'downloads.origin': { kind: 'switch', default: true, help: 'note at a finished file where it came from' },
  'library.browse': { kind: 'switch', default: true, help: 'let other peers list what this one shares' },
  'library.rescan': duration(HOUR, MINUTE, 24 * HOUR, 'full rescan of shared folders, beside watching'),
  'library.check': duration(10 * SECOND, 100, HOUR, 'how often it is seen whether shared folders came or went'),
  'library.gather': duration(SECOND, 0, 10 * MINUTE, 'changes in shared folders are gathered for this long'),
  'library.disk-retry': duration(MINUTE, 100, HOUR, 'pause of hashing when the data folder has no space left'),
  'library.hash-at-once': { ...count(1, 1, 16, 'files hashed at once'), restart: true },
  'library.settle': duration(2 * SECOND, 0, 10 * MINUTE, 'a file is hashed when it has not changed for this long'),

  'supernode.role': {
    kind: 'choice',
    default: 'auto',
    choices: ['auto', 'always', 'never'],
    help: 'whether this peer may be a supernode',
  },
  'supernode.children': count(150, 1, 10_000, 'children a supernode takes'),
  'supernode.neighbours': count(40, 1, 500, 'links to other supernodes'),
  'supernode.child-files': count(20_000, 1, 1_000_000, 'files indexed for one child'),
  'supernode.child-bytes': size(16 * MIB, 1024, 1024 * MIB, 'descriptors and words indexed for one child'),
  'supernode.row-grace': duration(30 * SECOND, 0, HOUR, 'rows outlive a broken session by this'),
  'supernode.queries': count(100, 1, 1_000_000, 'searches a second that count as a full load of a supernode'),
  'election.check': duration(
    5 * MINUTE,
    100,
    HOUR,
    'how often a supernode looks whether there are too few or too many',
  ),
  'election.look': duration(MINUTE, 100, HOUR, 'how often a peer looks whether it could be a supernode'),
  'election.uptime': duration(30 * MINUTE, 0, 7 * 24 * HOUR, 'a supernode must have been up for this'),
  'election.average-uptime': duration(HOUR, 0, 7 * 24 * HOUR, 'and for this in the mean of its last runs'),
  'election.upload-rate': size(64 * KIB, 0, 1024 * MIB, 'bytes a second that a supernode must be able to send'),
  'election.download-rate': size(256 * KIB, 0, 1024 * MIB, 'bytes a second that a supernode must be able to receive'),
  'election.memory': size(256 * MIB, 0, 1024 * 1024 * MIB, 'memory that must be free to be a supernode'),
  'election.processor': count(
    80,
    1,
    100,
    'percent of all processors that may be in use when a peer becomes a supernode',
  ),
  'election.first-children': count(10, 1, 10_000, 'children that a new supernode takes at first'),
  'election.probation-step': duration(10 * MINUTE, 0, 24 * HOUR, 'it takes twice as many after each such time'),
  'election.rest-min': duration(30 * MINUTE, 0, 24 * HOUR, 'a role that this peer chose is kept for this, doubling'),
  'election.rest-max': duration(16 * HOUR, 0, 7 * 24 * HOUR, 'longest time that a role must be kept'),
  'election.step-down-wait': duration(MINUTE, 0, HOUR, 'a supernode that steps down waits up to this, at random'),
  'reach.interval': duration(30 * MINUTE, 100, 24 * HOUR, 'how often a peer has others try whether it can be reached'),
  'reach.doubt-interval': duration(
    MINUTE,
    100,
    HOUR,
    'least time between two tests, and two questions to the router, for signs that the way to this peer changed',
  ),
  'reach.map-port': {
    kind: 'switch',
    default: true,
    help: 'have the router pass the port of this peer on when nobody can connect to it (PCP, NAT-PMP, UPnP)',
  },
  'relay.volunteer': {
    kind: 'switch',
    default: true,
    help: 'as a supernode, carry files between two peers that cannot connect to each other, as much as the limits allow',
  },
  'relay.rate': size(256 * KIB, KIB, 1024 * MIB, 'bytes a second that a relay carries for all'),
  'relay.rate-pair': size(64 * KIB, KIB, 1024 * MIB, 'bytes a second that a relay carries for two peers'),
  'relay.per-day': size(2048 * MIB, 0, 1024 * 1024 * MIB, 'bytes that a relay carries in a day'),
  'overlay.alone-after': duration(10 * SECOND, 0, HOUR, 'nobody answers for this long: be a supernode'),
  'overlay.full-wait': duration(20 * SECOND, 0, 10 * MINUTE, 'all supernodes are full for this long at most: be one'),
  'overlay.look-min': duration(30 * SECOND, 100, HOUR, 'first pause between looks for other supernodes'),
  'overlay.look-max': duration(5 * MINUTE, 100, 24 * HOUR, 'longest pause between looks'),
  'overlay.probe': duration(MINUTE, 100, HOUR, 'how often a supernode dials one that it lost'),
  'overlay.parent-check': duration(
    30 * MINUTE,
    1000,
    24 * HOUR,
    'how often a leaf looks whether its parent answers for its files',
  ),
  'overlay.shun': duration(2 * HOUR, 0, 24 * HOUR, 'a supernode that served badly is left alone for this'),
  'overlay.turnover': duration(
    30 * MINUTE,
    1000,
    24 * HOUR,
    'least time between two links to other supernodes that are renewed',
  ),
  'overlay.dials': count(8, 1, 64, 'dials at once while joining'),
  'overlay.pings': count(5, 1, 50, 'supernodes pinged before choosing a parent'),
  'overlay.ping-silence': duration(15 * SECOND, 100, 10 * MINUTE, 'silence on a link before a ping'),
  'overlay.ping-timeout': duration(10 * SECOND, 100, 10 * MINUTE, 'a link is dead this long after an unanswered ping'),
  'overlay.standby': { kind: 'switch', default: true, help: 'keep a warm second parent' },
  'overlay.dial-timeout': duration(10 * SECOND, 100, 10 * MINUTE, 'a connection must stand within this'),
  'overlay.dial-retry-min': duration(MINUTE, 0, HOUR, 'an address that failed is left alone for this, doubling'),
  'overlay.dial-retry-max': duration(6 * HOUR, 0, 24 * HOUR, 'longest time that a failed address is left alone'),
  'overlay.dial-known': duration(24 * HOUR, 0, 30 * 24 * HOUR, 'an address is new again when not reached for this'),
  'overlay.dials-per-address': count(1, 1, 1000, 'dials a second to new addresses of one IP'),
  'overlay.dials-per-block': count(4, 1, 1000, 'dials a second to new addresses of one /24 (IPv6: /48)'),
  'overlay.request-timeout': duration(10 * SECOND, 100, 10 * MINUTE, 'a small request must be answered within this'),
  'overlay.merge-children': count(30, 0, 10_000, 'two supernodes with fewer children in sum merge'),
  'overlay.worlds-every': duration(
    6 * HOUR,
    0,
    7 * 24 * HOUR,
    'pause between looks whether there is a second network that knows nothing of this one; 0 = never',
  ),

  'search.results': count(100, 1, 10_000, 'results wanted by default'),
  'search.max-supernodes': count(500, 1, 100_000, 'supernodes asked at most for one search'),
  'search.timeout': duration(MINUTE, SECOND, HOUR, 'longest time of one search'),
  'search.keep': duration(5 * MINUTE, 0, HOUR, 'an ended search can be continued for this'),
  'search.wave-max-session': duration(2 * SECOND, 50, MINUTE, 'longest wait of a wave for supernodes with a session'),
  'search.wave-max-dial': duration(4 * SECOND, 50, MINUTE, 'longest wait of a wave for supernodes dialled for it'),
  'search.leaf-queries': count(30, 1, 10_000, 'queries a minute from one leaf'),
  'search.leaf-asks': count(3000, 1, 1_000_000, 'supernodes asked for one leaf in 10 minutes'),
  'search.asks-per-second': count(200, 1, 100_000, 'asks a second that a parent sends'),
  'search.leaf-running': count(10, 1, 1000, 'searches of one leaf that run at once'),
  'search.source-queries': count(
    20,
    1,
    10_000,
    'queries a minute that downloads and watched searches of this peer send',
  ),
  'search.hash-sources': count(50, 1, 10_000, 'sources wanted by a query by hash'),
  'search.cache': duration(MINUTE, 0, HOUR, 'a merged answer is given again to other leaves for this; 0 = never'),
  'search.watch-every': duration(30 * MINUTE, MINUTE, 24 * HOUR, 'a watched search is run again after this'),
  'search.open-queries': count(
    500,
    1,
    100_000,
    'queries a second answered for all supernodes without a session: half of what a supernode can do',
  ),
  'search.block-queries': count(20, 1, 100_000, 'queries a second answered for one address block without a session'),

  'download.running': count(5, 1, 100, 'downloads that run at once'),
  'download.sources': count(16, 1, 200, 'sources used at once for one file'),
  'download.web-connections': count(2, 0, 16, 'connections to one web server at once; 0 = web seeds are not used'),
  'download.rate': rate('receiving limit for all downloads, bytes a second; 0 = none'),
  'download.rate-each': rate('receiving limit for one download; 0 = none'),
  'download.run': duration(
    10 * SECOND,
    100,
    10 * MINUTE,
    'a source is asked for this much of its measured speed at once',
  ),
  'download.run-max': size(64 * MIB, MIB, 1024 * MIB, 'largest range asked at once'),
  'download.stall': duration(10 * SECOND, 500, 10 * MINUTE, 'a source is stalled after this long without a byte'),
  'download.retry-min': duration(5 * SECOND, 50, HOUR, 'first pause before a failed source is tried again'),
  'download.retry-max': duration(30 * MINUTE, 50, 24 * HOUR, 'longest pause before a failed source is tried again'),
  'download.ban-min': duration(
    HOUR,
    50,
    24 * HOUR,
    'a source that sent a wrong chunk is banned for that file for so long',
  ),
  'download.ban-max': duration(
    7 * 24 * HOUR,
    50,
    30 * 24 * HOUR,
    'longest ban of a source for a file: each further wrong chunk makes it four times as long',
  ),
  'download.disk-retry': duration(10 * SECOND, 100, HOUR, 'a download that waits for its disk looks again after this'),
  'download.search-min': duration(MINUTE, 100, HOUR, 'first pause between searches for more sources'),
  'download.search-max': duration(30 * MINUTE, 100, 24 * HOUR, 'longest pause between searches for more sources'),
  'download.record': duration(SECOND, 50, MINUTE, 'verified chunks are recorded at least this often'),
  'download.record-bytes': size(64 * MIB, MIB, 1024 * MIB, 'verified chunks are recorded at least after this much'),
  'download.history': count(1000, 0, 100_000, 'ended downloads that are remembered; 0 = none'),
  'download.memory': size(24 * MIB, 8 * MIB, 1024 * MIB, 'chunks in memory, of all downloads'),

  'upload.slots': count(0, 0, 1000, 'uploads at once; 0 = as many as fill the line'),
  'upload.rate': rate('sending limit for all uploads, bytes a second; 0 = none'),
  'upload.rate-each': rate('sending limit for one upload; 0 = none'),
  'upload.per-file': count(0, 0, 1000, 'uploads of one file at once; 0 = as many as there are slots'),
  'upload.paused': {
    kind: 'switch',
    default: false,
    help: 'nothing is sent: running uploads end with a chunk, others wait',
  },
  'upload.queue': count(1000, 1, 100_000, 'peers that may wait for a slot'),
  'upload.slot-idle': duration(10 * SECOND, 100, 10 * MINUTE, 'a slot survives a gap of this'),
  'upload.slot-idle-busy': duration(3 * SECOND, 100, 10 * MINUTE, 'the same while others wait'),
  'upload.slot-turn': duration(MINUTE, SECOND, HOUR, 'a slot passes on after this while others wait'),
  'upload.slot-overrun': duration(
    20 * SECOND,
    0,
    HOUR,
    'what runs when the turn is over has this much longer while others wait',
  ),
  'upload.slow': {
    ...size(
      16 * 1024,
      0,
      2 ** 40,
      'a reader slower than this, bytes a second, loses its slot with its turn while others wait',
    ),
    kind: 'rate',
  },
  'upload.place-keep': duration(5 * MINUTE, SECOND, HOUR, 'a place in the queue outlives its owner by this'),
  'upload.poll-min': duration(10 * SECOND, 50, 10 * MINUTE, 'asked to come back after this at the earliest'),
  'upload.request-max': size(64 * MIB, MIB, 1024 * MIB, 'largest range sent in one answer'),
  'upload.swaps': count(
    8,
    1,
    1000,
    'peers that are sent parts of files which this peer is loading too, at once, beside the slots',
  ),
  'upload.small-lane': count(8, 1, 1000, 'files of at most 1 MiB sent at once, beside the slots'),

  'limits.schedule': {
    kind: 'text',
    default: '',
    format: 'schedule',
    help: 'weekly limits, as mon-fri 08:00-18:00 up=200KiB down=1MiB; sat,sun pause',
  },
  'limits.quiet': {
    kind: 'choice',
    default: 'never',
    choices: ['never', 'busy', 'battery', 'both'],
    help: 'less is used while somebody works at this machine (busy), or while it runs on battery or on a metered line',
  },
  'limits.quiet-percent': count(25, 1, 100, 'percent of the line used then; of the limits while it is not known'),
  'limits.up-percent': count(
    0,
    0,
    100,
    'percent of the line that uploads may use, once it was probed with a supernode; lifted for 10 s every 10 min to see how fast it is; 0 = no such limit',
  ),
  'limits.down-percent': count(0, 0, 100, 'percent of the line that downloads may use, likewise; 0 = no such limit'),

  'votes.publish': {
    kind: 'switch',
    default: false,
    help: 'tell others what you say that files are: good, fake, broken; it tells them that this peer had those files',
  },
  'votes.review': duration(
    10 * MINUTE,
    SECOND,
    24 * HOUR,
    'pause between looks at what others say of a file that you judged: so it is known whom to believe',
  ),
  'trust.strikes': count(5, 1, 1000, 'strikes that lead to a ban'),
  'trust.strike-decay': duration(10 * MINUTE, SECOND, 24 * HOUR, 'one strike is forgiven after this'),
  'trust.ban': duration(HOUR, SECOND, 30 * 24 * HOUR, 'length of a ban'),
  'trust.hide-above': count(
    85,
    1,
    100,
    'results are hidden when the signs that they are polluted make more than so many per cent; 100 = none',
  ),
} as const satisfies Record<string, SettingEntry>;

export type SettingKey = keyof typeof SETTINGS;
type ValueOf<E> = E extends { kind: 'switch' }
  ? boolean
  : E extends { choices: readonly (infer C)[] }
    ? C
    : E extends NumericEntry
      ? number
      : string;
export type SettingValue = number | boolean | string;
/** All values, frozen. Components hold a function that returns the current ones, so that a change is in force at once. */
export type Settings = { readonly [K in SettingKey]: ValueOf<(typeof SETTINGS)[K]> };

export const isSettingKey = (key: string): key is SettingKey => Object.hasOwn(SETTINGS, key);
export const SETTING_KEYS = Object.keys(SETTINGS).filter(isSettingKey);

export const DEFAULT_SETTINGS: Settings = Object.freeze(
  Object.fromEntries(SETTING_KEYS.map((key) => [key, SETTINGS[key].default])),
) as Settings;
