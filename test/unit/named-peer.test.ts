import { expect, test } from 'vitest';
import { isPrefix, knownSupernode, metPeer } from '../../src-main/engine/named-peer.ts';

const [CHILD, SOURCE, SUPERNODE, CALLED] = ['a1', 'b2', 'c3', 'd4'].map((pair) => pair.repeat(32)) as [
  string,
  string,
  string,
  string,
];
const URL_NODE = 'https://mirror.example/f';
const overlay = {
  place: () => ({ children: [{ node: CHILD, address: '10.0.0.1:7' }] }),
  supernodes: () => [{ node: SUPERNODE, address: { host: '10.0.0.3', port: 9 } }] as never,
};
const downloads = {
  list: () => [
    { sources: [] },
    {
      sources: [
        { node: CALLED, address: '' },
        { node: URL_NODE, address: URL_NODE },
        { node: SOURCE, address: '[fd00::2]:8' },
      ],
    },
  ],
};

test.each([
  [CHILD, { nodeId: CHILD, address: { host: '10.0.0.1', port: 7 } }],
  [SOURCE.slice(0, 12).toUpperCase(), { nodeId: SOURCE, address: { host: 'fd00::2', port: 8 } }],
  [SOURCE.slice(0, 11), undefined],
  [CALLED, undefined],
  [URL_NODE, undefined],
  [SUPERNODE, undefined],
])('the peer that %s names', (text, expected) => {
  expect(metPeer(text, { overlay, downloads })).toEqual(expected);
});

test('a supernode is known by its NodeId', () => {
  expect(knownSupernode(SUPERNODE.slice(0, 12), overlay)).toMatchObject({ nodeId: SUPERNODE });
  expect(knownSupernode(CHILD, overlay)).toBeUndefined();
  expect(['host.example', SUPERNODE, `${SUPERNODE}0`].map(isPrefix)).toEqual([false, true, false]);
});
