import fc from 'fast-check';

/** What has led out of a folder somewhere: separators of all kinds and spellings, dots, roots, devices, ends and turns of text. */
const PIECES = [
  ...['..', '.', '...', '/', '\\', '//', '../', '..\\', './', '%2e', '%2f', '%5c', '%2e%2e%2f', '%252e%252e%252f'],
  ...['..%c0%af', '%c0%ae', '..;/', '&#46;&#46;&#47;', '\u2025', '\uff0e\uff0e\uff0f', '\u2215', '\u2044', '\u29f5'],
  ...[
    'C:',
    'C:\\',
    '\\\\server\\share\\',
    '\\\\?\\',
    'file:///',
    '~',
    '~root',
    '$HOME',
    '/etc/passwd',
    '/proc/self/cwd/',
  ],
  ...['CON', 'nul.txt', 'com1', 'aux.', '.ssh', '.bashrc', 'secret.txt', 'evil', ':stream', '::$DATA', '*', '?', '|'],
  ...[
    '\0',
    '%00',
    '\n',
    '\r\n',
    '\t',
    '\x1b[2J',
    '\u202e',
    '\u200b',
    '\ufeff',
    '\u2028',
    '\ud800',
    '\udfff',
    ' ',
    '. ',
  ],
  ...['x'.repeat(100), '\u{1f420}'.repeat(70), 'e\u0301', '<', '>', '"', "'", '&', ';', '`'],
];

/** `count` names that strangers may give, always the same; each another text. */
export function evilNames(count: number): readonly string[] {
  const name = fc
    .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 8 })
    .map((pieces) => pieces.join('').slice(0, 255));
  const names = new Set<string>(PIECES);
  for (let seed = 1; names.size < count; seed++)
    for (const one of fc.sample(name, { seed, numRuns: count })) names.add(one);
  return [...names].slice(0, count);
}
