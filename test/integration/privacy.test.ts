import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LivePeer, until } from '../support/live-peer.ts';
import { extensionsOf, WireTap } from '../support/wire-tap.ts';

/** docs/privacy.md, as far as it can be seen from outside. */

const WORD = 'xylograph';
const NAME = `${WORD} song.txt`;
const CONTENT = Buffer.from('la la la, never heard before '.repeat(40));
/** RFC 6066, RFC 8446: what would tell whom is dialled, or that the same one dials again. */
const SERVER_NAME = 0;
const PRE_SHARED_KEY = 41;

const certificateOf = async (peer: LivePeer) =>
  new X509Certificate(await readFile(join(peer.data, 'identity-certificate.pem')));
const logOf = (peer: LivePeer) => readFile(join(peer.data, 'shoal.log'), 'utf8');

/** A supernode behind a tap, with a child that shares a file; a second child, through the tap too, that finds it and fetches it. */
async function startThree(...words: readonly string[]) {
  const supernode = await (await LivePeer.make()).start('--supernode', 'always', ...words);
  const tap = await WireTap.before(supernode.listen);
  const joined = ['--supernode', 'never', '--bootstrap', `shoal://${supernode.node}@${tap.address}`, ...words];
  const source = await (await LivePeer.make({ [NAME]: CONTENT })).start(...joined);
  const searcher = await (await LivePeer.make()).start(...joined, '--set', 'peer.name=Adelaide');
  await source.untilShared(1);
  const hit = await until('the file is found', async () => {
    const lines = await searcher.shoal('search', WORD, '--timeout', '5');
    return lines.find(({ event }) => event === 'hit');
  });
  const to = await WireTap.before(source.listen);
  const hash = String(hit.hash);
  await searcher.shoal('get', hash, '--from', `shoal://${source.node}@${to.address}`, '--wait');
  return { supernode, source, searcher, hash, taps: [tap, to] };
}

test('an observer of the line sees no key, name, word, hash or content, and nothing by which a peer is known again; logs tell nothing of what was sought, found or fetched', async () => {
  const { supernode, source, searcher, hash, taps } = await startThree();
  const secrets: (string | Buffer)[] = [
    WORD,
    NAME,
    'Adelaide',
    hash,
    Buffer.from(hash, 'hex'),
    CONTENT.subarray(0, 64),
  ];
  for (const peer of [supernode, source, searcher]) {
    const { publicKey, raw } = await certificateOf(peer);
    const key = publicKey.export({ type: 'spki', format: 'der' });
    secrets.push(peer.node, Buffer.from(peer.node, 'hex'), key.subarray(-64), raw.subarray(-64));
  }
  for (const tap of taps) {
    expect(tap.first.length).toBeGreaterThan(0);
    expect(tap.passed.length).toBeGreaterThan(2000);
    for (const secret of secrets) expect(tap.passed.includes(secret), secret.toString('hex')).toBe(false);
    for (const hello of tap.first) {
      expect(extensionsOf(hello).length).toBeGreaterThan(3);
      expect(extensionsOf(hello)).not.toContain(SERVER_NAME);
      expect(extensionsOf(hello)).not.toContain(PRE_SHARED_KEY);
    }
  }
  for (const peer of [supernode, source, searcher]) {
    const log = await logOf(peer);
    expect(log).toContain('"level"');
    for (const secret of [WORD, hash, hash.slice(0, 12)]) expect(log, secret).not.toContain(secret);
  }
  expect(await logOf(searcher)).toContain('has a parent');
});

test('logs tell no words of searches, not even at the level debug', async () => {
  const { supernode, source, searcher } = await startThree('--set', 'log.level=debug');
  for (const peer of [supernode, source, searcher]) expect(await logOf(peer)).not.toContain(WORD);
});

test('a peer that lets nobody browse lists nothing of what it shares', async () => {
  const peer = await (await LivePeer.make({ [NAME]: CONTENT })).start(
    '--supernode',
    'never',
    '--set',
    'library.browse=off',
  );
  await peer.untilShared(1);
  const other = await (await LivePeer.make()).start('--supernode', 'never');
  await expect(other.shoal('browse', peer.listen)).rejects.toThrow('does not let others browse');
});
