import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ContentHash, NodeId } from '../../src-main/contract/ids.ts';
import { formatMagnet, type Magnet, parseMagnet } from '../../src-main/contract/magnet.ts';
import { webUrl } from '../support/web-urls.ts';

const hex64 = fc.stringMatching(/^[0-9a-f]{64}$/);
const target = fc.record({
  address: fc.record({
    host: fc.constantFrom('127.0.0.1', '::1', 'peer.example'),
    port: fc.integer({ min: 1, max: 65_535 }),
  }),
  nodeId: hex64.map((text) => text as NodeId),
});
const magnet: fc.Arbitrary<Magnet> = fc.record(
  {
    hash: hex64.map((text) => text as ContentHash),
    name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 100 }),
    size: fc.integer({ min: 1, max: 2 ** 49 }),
    sources: fc.array(target, { maxLength: 5 }),
    web: fc.uniqueArray(webUrl, { maxLength: 5 }),
  },
  { requiredKeys: ['hash', 'sources', 'web'] },
);

test('what a magnet says comes back from its text', () => {
  fc.assert(
    fc.property(magnet, (given) => {
      expect(parseMagnet(formatMagnet(given))).toEqual(given);
    }),
  );
});

test('half a character in a name, which a message may bring, is replaced', () => {
  const link = formatMagnet({ hash: 'a'.repeat(64) as ContentHash, name: 'x\uD800y', sources: [] });
  expect(parseMagnet(link)?.name).toBe('x\uFFFDy');
});

test('text of strangers never throws, and yields a ContentHash or nothing', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string().map((rest) => `magnet:?xt=urn:tree:sha256:${'a'.repeat(64)}&${rest}`),
  );
  fc.assert(
    fc.property(text, (given) => {
      const parsed = parseMagnet(given);
      if (parsed) expect(parsed.hash).toMatch(/^[0-9a-f]{64}$/);
    }),
  );
});
