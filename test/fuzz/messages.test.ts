import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { SearchId } from '../../src-main/contract/ids.ts';
import { MESSAGE_LENGTHS } from '../../src-main/engine/wire/limits.ts';
import {
  decodeMessage,
  encodeMessage,
  type SessionMessage,
  type SessionMessageType,
} from '../../src-main/engine/wire/session-message.ts';

const hex = (length: number) =>
  fc.array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length }).map((all) => all.join(''));
const count = fc.nat();
const text = (maxLength: number) => fc.string({ minLength: 1, maxLength });
const optional = <T>(value: fc.Arbitrary<T>, name: string) =>
  fc.option(value, { nil: undefined }).map((given) => (given === undefined ? {} : { [name]: given }));
const merged = (...parts: readonly fc.Arbitrary<object>[]) =>
  fc.tuple(...parts).map((all) => Object.assign({}, ...all));

const address = fc.record({ host: text(60), port: fc.integer({ min: 1, max: 65_535 }) });
const entry = fc.record({ nodeId: hex(64), address, children: count, capacity: count, uptimeSeconds: count });
const peer = fc.record({ nodeId: hex(64), address });
const source = merged(
  fc.record({ nodeId: hex(64), addresses: fc.array(address, { maxLength: 4 }) }),
  optional(count, 'freeSlots'),
  optional(fc.boolean(), 'reachable'),
  optional(peer, 'through'),
);
const hit = fc.record({
  hash: hex(64),
  size: fc.integer({ min: 1 }),
  name: text(255).map((name) => name.replace(/^\.{1,2}$|[/\0]/g, '-')),
  type: fc.constantFrom('audio', 'video', 'other'),
  extracted: fc.record({ title: text(200), year: fc.integer({ min: 0, max: 9999 }) }),
  sources: fc.array(source, { minLength: 1, maxLength: 5 }),
});
const version = fc.constantFrom('1.0', '1.9');
const KEY_PREFIX = '3059301306072a8648ce3d020106082a8648ce3d03010703420004';

const wave = fc.record({
  wave: fc.integer({ min: 0, max: 10_000 }),
  asked: count,
  answered: count,
  results: count,
  prefixes: fc.array(hex(12), { maxLength: 200 }),
});
/** Valid messages of every type; a new type fails to compile until it has one. */
const VALID: { readonly [T in SessionMessageType]: fc.Arbitrary<object> } = {
  hello: merged(
    fc.record({
      version,
      role: fc.constantFrom('leaf', 'standby', 'searcher', 'supernode'),
      files: count,
      bytes: count,
    }),
    fc.record({ listen: fc.array(address, { maxLength: 4 }) }),
    optional(text(32), 'name'),
    optional(fc.boolean(), 'alone'),
  ),
  invite: fc.record({ urgent: fc.boolean() }),
  welcome: merged(
    fc.record({
      version,
      accepted: fc.boolean(),
      session: hex(32),
      epoch: hex(32),
      seen: text(64),
      alone: fc.boolean(),
    }),
    fc.record({ holding: fc.record({ files: count, digest: hex(32) }), children: count, capacity: count }),
    fc.record({ uptimeSeconds: count, others: fc.array(entry, { maxLength: 5 }) }),
  ),
  query: merged(
    fc.record({ id: hex(32), limit: fc.integer({ min: 1, max: 10_000 }) }),
    fc.oneof(fc.record({ words: text(200) }), fc.record({ hash: hex(64) })),
    optional(fc.array(hex(12), { maxLength: 20 }), 'asked'),
  ),
  hits: merged(
    fc.record({ id: hex(32), hits: fc.array(hit, { maxLength: 10 }), more: fc.boolean() }),
    optional(fc.array(entry, { maxLength: 8 }), 'supernodes'),
  ),
  wave: merged(fc.record({ id: hex(32) }), wave),
  end: merged(
    fc.record({ id: hex(32), reason: fc.constantFrom('limit', 'exhausted', 'timeout', 'stopped'), results: count }),
    optional(wave, 'lastWave'),
  ),
  more: fc.record({ id: hex(32), limit: fc.integer({ min: 1, max: 10_000 }) }),
  stop: fc.record({ id: hex(32) }),
  load: merged(
    ...[optional(count, 'freeSlots'), optional(count, 'children'), optional(count, 'fullCapacity')],
    optional(fc.constantFrom('no', 'early', 'yes'), 'fit'),
    optional(fc.boolean(), 'reachable'),
  ),
  call: merged(
    fc.record({ token: hex(32), source: hex(64), port: fc.integer({ min: 1, max: 65_535 }) }),
    ...[optional(peer, 'through'), optional(peer, 'asker')],
  ),
  called: merged(
    fc.record({ token: hex(32), outcome: fc.constantFrom('answered', 'ready', 'failed', 'absent', 'no-relay') }),
    optional(address, 'at'),
  ),
  votes: fc.record({
    key: hex(128).map((point) => `${KEY_PREFIX}${point}`),
    reset: fc.boolean(),
    votes: fc.array(
      fc.record({
        hash: hex(64),
        size: fc.integer({ min: 1 }),
        verdict: fc.constantFrom('none', 'good', 'fake', 'broken', 'malware', 'mislabelled'),
        sequence: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
        signature: hex(128),
      }),
      { maxLength: 3 },
    ),
  }),
  leaving: fc.record({ successors: fc.array(entry, { maxLength: 5 }) }),
  bye: fc.record({ code: fc.constantFrom('version', 'full', 'protocol'), why: fc.string({ maxLength: 200 }) }),
};
const TYPES = Object.keys(VALID) as SessionMessageType[];

test.each(TYPES)('%s: what is encoded is decoded to the same', (type) => {
  fc.assert(
    fc.property(VALID[type], (body) => {
      const message = { type, ...body } as SessionMessage;
      expect(decodeMessage(encodeMessage(message))).toEqual({ ok: true, message });
    }),
  );
});

test.each(['wave', 'end'] as const)('%s: holds as many prefixes as a wave may have asked', (type) => {
  const number = Number.MAX_SAFE_INTEGER;
  const counts = { wave: 10_000, asked: number, answered: number, results: number };
  const report = { ...counts, prefixes: Array.from({ length: 200 }, () => 'f'.repeat(12)) };
  const id = 'f'.repeat(32) as SearchId;
  const message: SessionMessage =
    type === 'wave'
      ? { type, id, ...report }
      : { type, id, reason: 'exhausted', results: number, error: 'search.query-invalid', lastWave: report };
  expect(decodeMessage(encodeMessage(message))).toEqual({ ok: true, message });
});

test.each(TYPES)('%s: with any one field replaced it is decoded or refused, never thrown', (type) => {
  const replaced = fc.record({ body: VALID[type], pick: fc.nat(), value: fc.anything() });
  fc.assert(
    fc.property(replaced, ({ body, pick, value }) => {
      const fields = Object.keys(body);
      const changed = { type, ...body, [fields[pick % Math.max(1, fields.length)] ?? 'x']: value };
      const decoded = decodeMessage(safeJson(changed));
      if (!decoded.ok) expect(decoded.why).toMatch(/\S/);
      else expect(decodeMessage(encodeMessage(decoded.message))).toEqual(decoded);
    }),
  );
});

test.each(TYPES)('%s: longer than its limit it is refused', (type) => {
  const [body] = fc.sample(VALID[type], { numRuns: 1, seed: 1 });
  const text = JSON.stringify({ type, ...body, pad: 'x'.repeat(MESSAGE_LENGTHS[type]) });
  expect(decodeMessage(text)).toMatchObject({ ok: false, unknown: false });
});

test('any text is decoded or refused with a short reason, never thrown', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.json(),
    fc.constantFrom('null', '[]', '{"type":1}'),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const decoded = decodeMessage(text);
      if (!decoded.ok) expect(decoded.why.length).toBeLessThanOrEqual(120);
    }),
  );
});

test('names of the prototype are unknown types', () => {
  for (const type of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    expect(decodeMessage(JSON.stringify({ type }))).toMatchObject({ ok: false, unknown: true });
  }
});

test('a greeting of another major is told apart whatever else it says', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('hello', 'welcome'),
      fc.integer({ min: 2, max: 9999 }),
      fc.dictionary(fc.string(), fc.json()),
      (type, major, more) => {
        const decoded = decodeMessage(JSON.stringify({ ...more, type, version: `${major}.0` }));
        expect(decoded).toMatchObject({ ok: false, unknown: false, otherMajor: `${major}.0` });
      },
    ),
  );
});

/** JSON of anything: what JSON cannot hold is left out. */
function safeJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch {
    // Circular values and bigints are not JSON; the property then says nothing.
    return 'null';
  }
}
