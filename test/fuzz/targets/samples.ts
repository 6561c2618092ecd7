import type { SessionMessageType } from '../../../src-main/engine/wire/session-message.ts';

/** One of everything that peers say to each other, as in docs/protocol.md. */
export const HASH = '03bc'.repeat(16);
export const NODE = '9a07'.repeat(16);
export const ID = '4e1d'.repeat(8);
/** Of a P-256 key: the point is on the curve, and the signature is one of its owner (RFC 6979, A.2.5, message "sample"). */
export const VOTER_KEY =
  '3059301306072a8648ce3d020106082a8648ce3d03010703420004' +
  '60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6' +
  '7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299';
const SIGNATURE =
  'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716' +
  'f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8';

const address = { host: '203.0.113.9', port: 1214 };
const peer = { nodeId: NODE, address };
export const ENTRY = { ...peer, children: 3, capacity: 150, uptimeSeconds: 600 };
export const EXTRACTED = { title: 'Blue Moon', artist: 'B. Tree', year: 1999, durationSeconds: 61.5, codec: 'MP3' };
const source = {
  nodeId: NODE,
  addresses: [address, { host: '2001:db8::9', port: 443 }],
  reachable: false,
  through: peer,
};
export const HIT = {
  ...{ hash: HASH, size: 4211, name: 'Blue Moon.mp3', type: 'audio', extracted: EXTRACTED },
  sources: [{ ...source, freeSlots: 3, queueLength: 0, rateBps: 1000 }],
};
export const VOTE = { hash: HASH, size: 4211, verdict: 'fake', sequence: 1357905921, signature: SIGNATURE };
const wave = { wave: 1, asked: 8, answered: 7, results: 34, prefixes: ['9a07c2d4e5f6'] };

/** A type that is new does not compile until it has one. */
export const MESSAGES: { readonly [T in SessionMessageType]: readonly object[] } = {
  hello: [
    { version: '1.1', role: 'leaf', listen: [address], name: 'x', files: 2, bytes: 99 },
    {
      ...{ version: '1.0', role: 'supernode', listen: [], files: 0, bytes: 0 },
      ...{ children: 1, capacity: 150, uptimeSeconds: 5, alone: true },
    },
  ],
  welcome: [
    {
      ...{
        version: '1.1',
        accepted: true,
        session: ID,
        epoch: ID,
        holding: { files: 1, digest: ID },
        seen: '1.2.3.4:5',
      },
      ...{ children: 1, capacity: 150, uptimeSeconds: 5, alone: false, others: [ENTRY] },
    },
  ],
  query: [
    { id: ID, words: 'blue moon', limit: 100, timeoutMs: 60_000 },
    { id: ID, hash: HASH, limit: 50, asked: ['9a07c2d4e5f6'], results: 3 },
  ],
  hits: [{ id: ID, hits: [HIT], more: true, from: NODE, wave: 1, supernodes: [ENTRY] }],
  wave: [{ id: ID, ...wave }],
  end: [
    { id: ID, reason: 'limit', results: 112, lastWave: wave },
    { id: ID, reason: 'stopped', results: 0, error: 'peer.busy' },
  ],
  more: [{ id: ID, limit: 100 }],
  stop: [{ id: ID }],
  load: [{ freeSlots: 1, children: 2, fullCapacity: 150, fit: 'early', reachable: true }],
  invite: [{ urgent: true }],
  leaving: [{ successors: [ENTRY] }],
  call: [{ token: ID, source: NODE, port: 1214, through: peer, asker: peer, way: 'punch' }],
  called: [{ token: ID, outcome: 'ready', at: address }],
  votes: [{ key: VOTER_KEY, reset: true, votes: [VOTE] }],
  bye: [{ code: 'version', why: 'another major version', version: '2.0' }],
};

export const DESCRIPTOR_XML = `<file hash="${HASH}" size="4211" name="a &amp; &#x263a;.mp3" type="audio" title="Notes" artist="B" album="C" track="3" genre="x" year="1999" duration="61.5" bitrate="320" width="4" height="3" pages="2" language="en" codec="MP3" modified="1700000000000"/>`;
export const FILES_XML = `<files><remove hash="${HASH}" size="1048576"/>${DESCRIPTOR_XML}</files>`;
