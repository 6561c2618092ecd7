/** How figures and series are called and shown: all of it follows from their names, so that a new scenario needs nothing here. */

export type Unit = 'share' | 'bytes' | 'messages' | 'waves' | 's' | 'ms' | 'number';

/** The first that matches a name is its unit. */
const UNITS: readonly (readonly [RegExp, Unit])[] = [
  [/(share|success|successLeast|successAtEnd)$|^success|within/i, 'share'],
  [/^bytes|bytes$/i, 'bytes'],
  [/^messages|messages$/i, 'messages'],
  [/^waves?|waves?$/i, 'waves'],
  [/^seconds|seconds$/i, 's'],
  [/Ms$/, 'ms'],
];
export const unitOf = (name: string): Unit => UNITS.find(([pattern]) => pattern.test(name))?.[1] ?? 'number';

/** What stands beside an axis. */
export const UNIT_WORDS: Readonly<Record<Unit, string>> = {
  share: 'share, %',
  bytes: 'bytes',
  messages: 'messages',
  waves: 'waves',
  s: 'seconds',
  ms: 'milliseconds',
  number: 'number',
};

/** Where the words of the name alone would not say what it is. */
const KNOWN_WORDS: Readonly<Record<string, string>> = {
  online: 'peers online',
  orphans: 'leaves without parent',
  alone: 'supernodes: alone',
  'full-supernodes': 'supernodes: all others were full',
  invited: 'supernodes: invited',
  'user-always': 'supernodes: by setting',
  'was-always': 'supernodes: by setting before',
  oneNetworkSeconds: 'time to be one network again',
  foundAgainSeconds: 'time to find again what the others have',
  withinOneWave: 'found within 1 wave',
  secondsUntilAll: 'seconds until all have found it',
  recoverySeconds: 'time to recover',
  askedMean: 'supernodes asked by a search, mean',
  askedPerBound: 'supernodes asked, of what asking at random costs (1/p)',
  orphanShare: 'time that leaves have no parent',
  supernodesIdeal: 'supernodes needed, n·u/(d·E)',
  firstWithinFour: 'of the first 100: found within 4 waves',
  waves95: 'wave in which it is found, 95th percentile',
  wavesMedian: 'wave in which it is found, median',
};

/** `roleChangesPerSupernodeHour` is `role changes per supernode hour`. */
export function toWords(name: string): string {
  const known = Object.hasOwn(KNOWN_WORDS, name) ? KNOWN_WORDS[name] : undefined;
  return known ?? name.replaceAll(/([a-z\d])([A-Z])|([a-z])(?=\d)/g, '$1$3 $2').toLowerCase();
}

const SIZES = ['B', 'kB', 'MB', 'GB', 'TB'] as const;
const plain = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });

/** As a person reads it: `0.9934` of a share is `99.34 %`, `1415000` bytes are `1.415 MB`. */
export function formatValue(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return '–';
  if (unit === 'share') return `${plain.format(value * 100)} %`;
  if (unit === 's' || unit === 'ms') return `${plain.format(value)} ${unit}`;
  if (unit !== 'bytes') return plain.format(value);
  const size = Math.min(SIZES.length - 1, Math.max(0, Math.floor(Math.log10(Math.abs(value) || 1) / 3)));
  return `${plain.format(value / 1000 ** size)} ${SIZES[size]}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
/** Text as HTML and as the value of an attribute. */
export const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (found) => ESCAPES[found] ?? '');
