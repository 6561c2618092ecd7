import { expect, test } from 'vitest';
import { fromUtf8, utf8Length } from '../../src-main/contract/utf8.ts';
import { JsonLists } from '../../src-main/engine/json-lists.ts';

const ITEM = { name: 'ü "\n', size: 1 };

async function make(maxBytes: number, items: readonly unknown[]) {
  let rests = 0;
  const rest = async () => void rests++;
  const lists = new JsonLists({ version: 3, maxBytes, rest });
  await lists.add('empty', []);
  await lists.add('items', items);
  await lists.add('last', ['x']);
  const text = fromUtf8(await lists.toBytes());
  return { lists, text, rests: () => rests };
}

test('is an object with the version and all lists', async () => {
  const { lists, text } = await make(1000, [ITEM, ITEM]);
  expect(JSON.parse(text)).toEqual({ version: 3, empty: [], items: [ITEM, ITEM], last: ['x'] });
  expect([lists.isWhole, lists.bytes]).toEqual([true, utf8Length(text)]);
});

test('is valid and no longer than allowed, whatever the limit', async () => {
  const items = Array.from({ length: 9 }, () => ITEM);
  const whole = (await make(1000, items)).lists.bytes;
  for (let most = 40; most <= whole; most++) {
    const { lists, text } = await make(most, items);
    expect(utf8Length(text)).toBeLessThanOrEqual(most);
    expect(JSON.parse(text).version).toBe(3);
    expect(lists.isWhole).toBe(most === whole);
  }
});

test('lets others work after each 128 KiB, while it is made and while it is written', async () => {
  const items = Array.from({ length: 64 }, () => 'x'.repeat(32 * 1024));
  const { rests } = await make(2 ** 22, items);
  expect(rests()).toBeGreaterThanOrEqual(2 * 12);
});

test('knows another one with the same items', async () => {
  const { lists } = await make(1000, [ITEM]);
  expect(lists.equals((await make(1000, [ITEM])).lists)).toBe(true);
  expect(lists.equals((await make(1000, [{ ...ITEM, size: 2 }])).lists)).toBe(false);
});
