import { expect, test } from 'vitest';
import { hashFiles } from '../../src-main/headless/hash-command.ts';
import { Output } from '../../src-main/headless/output.ts';
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
  let [stdout, stderr] = ['', ''];
  const streams = {
    stdout: { write: (text: string) => (stdout += text) },
    stderr: { write: (text: string) => (stderr += text) },
  };
  const hasher = new MemoryHasher({ files: disk, sha256 });
  const status = await hashFiles(files, { hasher, workingFolder: '/', out: new Output(streams, json) });
  const lines = (text: string) => text.split('\n').slice(0, -1);
  return { status, out: lines(stdout), err: lines(stderr) };
}

test('prints hash and file in the order asked', async () => {
  expect(await hash(['/b', '/a'])).toEqual({ status: 0, out: [`${B}  /b`, `${A}  /a`], err: [] });
});

test('prints JSON, one object a line', async () => {
  const { out } = await hash(['/a'], true);
  expect(out.map((line) => JSON.parse(line))).toEqual([{ hash: A, size: 1, file: '/a' }]);
});

test('says which file failed and why, hashes the others, and ends as the last that failed', async () => {
  const { status, out, err } = await hash(['missing', '/a', 'empty']);
  expect([status, out]).toEqual([1, [`${A}  /a`]]);
  expect(err).toEqual([
    expect.stringMatching(/^shoal: \/missing is not there/),
    expect.stringMatching(/^shoal: empty is empty, or changed/),
  ]);
  expect((await hash(['missing'])).status).toBe(4);
});

test('a name cannot drive the terminal', async () => {
  expect((await hash(['/\u001b[2J'])).err[0]).not.toContain('\u001b');
});
