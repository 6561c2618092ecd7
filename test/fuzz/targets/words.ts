import { deepEqual, equal, ok } from 'node:assert/strict';
import { formatAddress, formatTarget, parseAddress, parseTarget } from '../../../src-main/contract/address.ts';
import {
  classifyHost,
  isPrivateHost,
  narrowBlock,
  singleBlock,
  wideBlock,
} from '../../../src-main/contract/address-block.ts';
import { isNodeId, parseContentHash, parseNodeId } from '../../../src-main/contract/ids.ts';
import { parseIp } from '../../../src-main/contract/ip.ts';
import { formatMagnet, parseMagnet } from '../../../src-main/contract/magnet.ts';
import { numberedName, safeName, shorterNames } from '../../../src-main/contract/safe-name.ts';
import { parseSchedule, scheduledAt } from '../../../src-main/contract/schedule.ts';
import { parseQuantity, parseSize } from '../../../src-main/contract/units.ts';
import { fromUtf8, toUtf8 } from '../../../src-main/contract/utf8.ts';
import { looksLocal, parseWebUrl, placeOf } from '../../../src-main/contract/web-url.ts';
import { fold, foldWords, toTokens } from '../../../src-main/engine/fold.ts';
import { parseQuery } from '../../../src-main/engine/search/query-language.ts';
import { parseByteSize, parseYears } from '../../../src-main/engine/search/query-values.ts';
import { toFtsMatch } from '../../../src-main/engine/store/fts-match.ts';
import { prepareQuery } from '../../../src-main/engine/supernode/query-plan.ts';
import { HASH, NODE } from './samples.ts';
import { type Target, textTarget } from './target.ts';

/** Texts of people and of links: queries, names, addresses, settings. */

const query = textTarget({
  name: 'query',
  seeds: [
    'blue moon',
    '"a phrase" -not type:audio artist:"B. Tree" min:10MB max:2GB ext:pdf year:2001..2005',
    '東京 ラジオ',
  ],
  words: ['AND', 'NEAR(', '*', '“', '\u0301', 'ß', 'ﷺ', '\u0000', '한', 'year:..', '--'],
  maxBytes: 2048,
  read(text) {
    const parsed = parseQuery(text);
    if ('why' in parsed) return ok(parsed.why.length > 0);
    ok(parsed.terms.length > 0 && parsed.terms.length + parsed.excluded.length <= 10);
    const { tokens } = prepareQuery(parsed);
    ok(tokens.length === 0 || !/[^\p{L}\p{N}\p{M}" *()A-Z]/u.test(toFtsMatch(tokens)));
  },
});

const folding = textTarget({
  name: 'fold',
  // A name with all the texts of a descriptor.
  maxBytes: 4096,
  seeds: ['Blue Moon', 'ÄÖÜ ß ﬁ İ', '東京タワー', 'e\u0301\u0301', '한글', 'ﷺ'],
  words: ['\u0345', '\u03c2', '\u1e9e', '\u0130', '\ufdfa', '\u{1d173}', '\u200d'],
  read(text) {
    const folded = fold(text);
    equal(fold(folded), folded);
    const words = foldWords(text);
    equal(words.join(' '), folded);
    for (const word of words.slice(0, 50)) toTokens(word);
  },
});

const queryValues = textTarget({
  name: 'query-values',
  seeds: ['10MB', '2001..2005', '1.5 GiB', '..2005', '0'],
  read(text) {
    const bytes = parseByteSize(text);
    ok(bytes === undefined || (Number.isFinite(bytes) && bytes >= 0));
    parseYears(text);
  },
});

const address = textTarget({
  name: 'address',
  seeds: [
    '203.0.113.9:1214',
    '[2001:db8::1]:443',
    '[::ffff:1.2.3.4]:5',
    `[${'2001'.repeat(40)}]:4`,
    `shoal://${NODE}@example.org:1214`,
    'a:0',
  ],
  read(text) {
    const read = parseAddress(text, { allowZero: true });
    if (read) deepEqual(parseAddress(formatAddress(read), { allowZero: true }), read);
    const target = parseTarget(text);
    if (target) deepEqual(parseTarget(formatTarget(target)), target);
  },
});

const host = textTarget({
  name: 'host',
  seeds: [
    '203.0.113.9',
    '2001:db8::1',
    '::ffff:10.0.0.1',
    'fe80::1',
    '64:ff9b::1.2.3.4',
    '2002:102:304::',
    'name',
    '::',
  ],
  read(text) {
    const ip = parseIp(text);
    if (ip) ok(ip.parts.every((part) => Number.isInteger(part) && part >= 0));
    for (const block of [singleBlock, narrowBlock, wideBlock]) equal(typeof block(text), 'string');
    equal(isPrivateHost(text), isPrivateHost(text));
    classifyHost(text);
  },
});

const ids = textTarget({
  name: 'ids',
  seeds: [HASH, NODE.toUpperCase(), 'x'],
  read(text) {
    const [node, hash] = [parseNodeId(text), parseContentHash(text)];
    equal(node, hash);
    ok(node === undefined || isNodeId(node));
  },
});

const webUrl = textTarget({
  name: 'web-url',
  seeds: [
    'https://example.org/a%20b?c=d',
    'http://[::1]:8080/',
    'http://0x7f.1/',
    'ftp://a/',
    'http://u:p@a/',
    '//b/c',
  ],
  read(text) {
    const url = parseWebUrl(text);
    if (url === undefined) return;
    equal(parseWebUrl(url), url);
    looksLocal(url);
    const { port } = placeOf(url);
    ok(port > 0 && port < 65_536);
    parseWebUrl(text, url);
  },
});

const magnet = textTarget({
  name: 'magnet',
  seeds: [
    `magnet:?xt=urn:tree:sha256:${HASH}&dn=a%20b&xl=4211&xs=shoal%3A%2F%2F${NODE}%40203.0.113.9%3A1214&ws=https%3A%2F%2Fa.org%2F`,
    `MAGNET:?xt=urn:btih:x&xt=urn:tree:sha256:${HASH}&dn=%ff`,
  ],
  read(text) {
    const read = parseMagnet(text);
    if (!read) return;
    const again = parseMagnet(formatMagnet(read));
    // A long one is too long when all of it is written out.
    if (again) deepEqual(again, { ...read, ...(read.name === undefined ? {} : { name: read.name.toWellFormed() }) });
  },
});

const safeNames = textTarget({
  name: 'safe-name',
  seeds: ['a.mp3', '../../etc/passwd', 'CON', 'a\u0000b', '\u202egnp.exe', ' . ', 'x'.repeat(300), '😀'.repeat(80)],
  read(text) {
    const safe = safeName(text, 'fallback');
    for (const name of [safe, numberedName(safe, 2), ...shorterNames(safe)]) {
      ok(name.length > 0 && !/[/\\\p{Cc}]/u.test(name) && name !== '.' && name !== '..', JSON.stringify(name));
    }
    ok(Buffer.byteLength(safe) <= 255);
    equal(safeName(safe, 'fallback'), safe);
  },
});

const schedule = textTarget({
  name: 'schedule',
  seeds: ['mon-fri 08:00-18:00 up=200KiB down=1MiB; sat,sun pause', '22:00-06:00 up=pause', ''],
  read(text) {
    const rules = parseSchedule(text);
    if (!('why' in rules)) for (const minute of [0, 5000, 10_079]) scheduledAt(rules, minute);
  },
});

const quantity = textTarget({
  name: 'quantity',
  seeds: ['90s', '5min', '64KiB', '10 MB', '1e3', '-1', '.5h'],
  read(text) {
    for (const kind of ['count', 'duration', 'size', 'rate'] as const) {
      const value = parseQuantity(text, kind);
      ok(value === undefined || Number.isFinite(value));
    }
    parseSize(text);
  },
});

const utf8: Target = {
  name: 'utf8',
  seeds: ['aé東😀', Uint8Array.of(0xc0, 0x80, 0xed, 0xa0, 0x80, 0xf4, 0x90)],
  run(input) {
    const text = fromUtf8(input);
    equal(fromUtf8(toUtf8(text)), text);
  },
};

export const WORD_TARGETS: readonly Target[] = [
  ...[query, folding, queryValues, address, host, ids, webUrl, magnet, safeNames, schedule, quantity, utf8],
];
