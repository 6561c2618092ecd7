import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseValue } from '../../src-main/contract/parse-value.ts';
import { decodeMessage } from '../../src-main/engine/wire/session-message.ts';
import { FaceSession } from '../../src-main/face/face-session.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { MESSAGES } from '../fuzz/targets/samples.ts';
import { ScriptedEngine } from '../support/scripted-engine.ts';

/** What the library compares with a number without being able to. */
const INCOMPARABLE = { length: { toString: null } };

test('a value that cannot be compared is refused, and others are read as ever', () => {
  const schema = z.object({ a: z.string().max(3), b: z.array(z.int()).max(2).exactOptional() });
  expect(parseValue(schema, { a: 'abc', b: [1] })).toEqual({ success: true, data: { a: 'abc', b: [1] } });
  expect(parseValue(schema, { a: 'abcd' }).success).toBe(false);
  expect(() => schema.safeParse({ a: INCOMPARABLE })).toThrow(TypeError);
  for (const value of [{ a: INCOMPARABLE }, { a: 'a', b: INCOMPARABLE }]) {
    const read = parseValue(schema, value);
    expect(read.success).toBe(false);
    expect(read.error?.issues).toMatchObject([{ message: 'not valid' }]);
  }
});

test.each(Object.keys(MESSAGES))('a message of type %s with such a value in any field is refused', (type) => {
  const [body = {}] = MESSAGES[type as keyof typeof MESSAGES];
  for (const field of Object.keys(body)) {
    const text = JSON.stringify({ type, ...body, [field]: INCOMPARABLE });
    expect(decodeMessage(text), text).toMatchObject({ ok: false });
  }
});

test('a page that sends one is answered', async () => {
  const session = new FaceSession({ api: new ScriptedEngine(), logger: new MemoryLogger(), send: () => undefined });
  const command = { id: 1, kind: 'command', name: 'search.start', input: { words: INCOMPARABLE } };
  for (const message of [command, { ...command, kind: INCOMPARABLE }, INCOMPARABLE])
    expect(await session.answer(message)).toMatchObject({ ok: false, error: { code: 'input.invalid' } });
});

test('nothing of the program asks the library in another way', () => {
  const root = new URL('../../src-main/', import.meta.url).pathname;
  const asking = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .filter((path) => readFileSync(join(root, path), 'utf8').includes('.safeParse('));
  expect(asking).toEqual(['contract/parse-value.ts']);
});
