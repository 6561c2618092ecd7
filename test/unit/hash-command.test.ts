import { expect, test } from 'vitest';
import { hashFiles } from '../../src-main/headless/hash-command.ts';
import { MemoryFileSystem } from '../../src-main/simulator/memory-file-system.ts';
import { MemoryHasher } from '../../src-main/simulator/memory-hasher.ts';
import { sha256 } from '../support/sha256.ts';

/** SHA-256 of "a" and "b": the tree of one leaf is its hash. */
const A = 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb';
const B = '3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d';

async function hash(files: readonly string[], json = false) {
  const disk = new MemoryFileSystem({ clock: { wallMs: () => 1 } });
  disk.putFile('/a', 'a');
  disk.putFile('/b', 'b');
  disk.putFile('/empty', '');
  const out: string[] = [];
  const err: string[] = [];
  const status = await hashFiles({
    files,
    json,
    hasher: new MemoryHasher({ files: disk, sha256 }),
    out: (line) => out.push(line),
    err: (line) => err.push(line),
  });
  return { status, out, err };
}

test('prints hash and file in the order asked', async () => {
  expect(await hash(['/b', '/a'])).toEqual({ status: 0, out: [`${B}  /b`, `${A}  /a`], err: [] });
});

test('prints JSON, one object a line', async () => {
  const { out } = await hash(['/a'], true);
  expect(out.map((line) => JSON.parse(line))).toEqual([{ hash: A, size: 1, file: '/a' }]);
});

test('says which file failed and why, hashes the others, and ends with 1', async () => {
  const { status, out, err } = await hash(['/missing', '/a', '/empty']);
  expect([status, out]).toEqual([1, [`${A}  /a`]]);
  expect(err).toHaveLength(2);
  expect(err[0]).toMatch(/^\/missing is not there/);
  expect(err[1]).toMatch(/^\/empty: is empty/);
});
