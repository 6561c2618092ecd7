import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import type { PeerAddress } from '../../../src-main/contract/address.ts';
import { MAX_BLOCK_BYTES, MAX_BLOCK_RULES } from '../../../src-main/contract/blocks.ts';
import type { Hit, Source } from '../../../src-main/contract/search.ts';
import { BlockList } from '../../../src-main/engine/trust/blocks/block-list.ts';
import { parseRule, withoutComment } from '../../../src-main/engine/trust/blocks/block-rule.ts';
import { matchesPattern, paddedName, parsePattern } from '../../../src-main/engine/trust/blocks/name-pattern.ts';
import { MemoryFileSystem } from '../../../src-main/simulator/memory-file-system.ts';
import { MemoryLogger } from '../../../src-main/simulator/memory-logger.ts';
import { content, hit, node, source } from '../../support/search-fixtures.ts';

const PATH = '/data/blocks.txt';
const textOf = (line: string) => {
  const rule = parseRule(line);
  return 'why' in rule ? rule : rule.text;
};
const isOf = (pattern: string, name: string): boolean => {
  const pieces = parsePattern(pattern);
  return !('why' in pieces) && matchesPattern(pieces, paddedName(name));
};

describe('a rule', () => {
  it.each([
    [`HASH: ${content(1).toUpperCase()}`, `hash:${content(1)}`],
    [`node:${node(2)}`, `node:${node(2)}`],
    ['name:*Key-Gen*', 'name:*key gen*'],
    ['name:*.EXE', 'name:* exe'],
    ['address:192.0.2.77/24', 'address:192.0.2.0/24'],
    ['address:::ffff:192.0.2.7', 'address:192.0.2.7'],
    ['address:[2001:DB8:0:0::1]', 'address:2001:db8::1'],
    ['address:2001:db8:ffff::/33', 'address:2001:db8:8000::/33'],
  ])('%s is kept as %s, and read as that again', (line, text) => {
    expect(textOf(line)).toBe(text);
    expect(textOf(text)).toBe(text);
  });

  it.each([
    '',
    'hash:12',
    'node:x',
    'name:*',
    'name:a*',
    'name:**..**',
    'address:0.0.0.0/0',
    'address:example.org',
    'address:1.2.3.4/33',
    'address:::/0',
    'other:x',
    `name:${'a'.repeat(500)}`,
  ])('%s is none', (line) => {
    expect(parseRule(line)).toHaveProperty('why');
  });

  it('never throws, and is read as it was written, whatever is typed', () => {
    const kind = fc.constantFrom('name:', 'address:', 'hash:', 'node:', '');
    fc.assert(
      fc.property(kind, fc.string({ unit: 'binary', maxLength: 60 }), (start, rest) => {
        const rule = parseRule(start + rest);
        if ('why' in rule) return;
        expect(textOf(rule.text)).toBe(rule.text);
      }),
    );
  });

  it('has no comment', () => {
    expect(['# all', 'hash:1 # why', 'name:*C#*', '  '].map(withoutComment)).toEqual(['', 'hash:1', 'name:*C#*', '']);
  });
});

describe('a pattern', () => {
  it.each([
    ['*keygen*', 'Adobe KeyGen 2.exe', true],
    ['*.exe', 'song.mp3.exe', true],
    ['*.exe', 'annexe', false],
    ['* cam *', 'Movie.CAM.2020.mkv', true],
    ['* cam *', 'cam', true],
    ['* cam *', 'camera', false],
    ['movie*cam*rip*', 'Movie (cam) rip', true],
    ['* cam * rip *', 'x cam rip', true],
    ['movie*', 'a movie', false],
    ['blue train', 'Blue-Train', true],
    ['blue train', 'blue train 2', false],
    ['*été*', 'L’ETE.mp3', true],
    ['*漢字*', '古い漢字の本', true],
    ['ab*bc', 'abc', false],
  ])('%s and %s: %s', (pattern, name, is) => {
    expect(isOf(pattern, name)).toBe(is);
  });

  it('is met as a regular expression of its pieces would be', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c', ' '), maxLength: 12 });
    fc.assert(
      fc.property(fc.array(letters, { minLength: 2, maxLength: 4 }), letters, (parts, name) => {
        const pieces = parsePattern(['', ...parts.map((part) => part.replaceAll(' ', '')), ''].join('*'));
        if ('why' in pieces) return;
        const regExp = new RegExp(`^.*${pieces.join('.*')}.*$`);
        expect(matchesPattern(pieces, paddedName(name))).toBe(regExp.test(paddedName(name)));
      }),
      { numRuns: 500 },
    );
  });
});

describe('the block list', () => {
  let files: MemoryFileSystem;
  let logger: MemoryLogger;
  let changes: number;
  const open = async (): Promise<BlockList> => {
    const clock = { sleep: () => Promise.resolve() };
    const list = new BlockList({ clock, logger, files, path: PATH, changed: () => void changes++ });
    await list.start();
    return list;
  };
  beforeEach(async () => {
    logger = new MemoryLogger();
    files = new MemoryFileSystem({ clock: { wallMs: () => 0 } });
    await files.makeFolder('/data');
    changes = 0;
  });

  it('leaves out files by hash and by name, and sources by key and by address', async () => {
    const list = await open();
    const [first, second] = [1, 2].map((n) => source(n, { addresses: [{ host: `8.8.8.${n}`, port: 5000 }] })) as [
      Source,
      Source,
    ];
    const one: Hit = hit(1, { name: 'Tide.mp3', sources: [first, second] });
    expect(list.allowed(one)).toBe(one);
    await list.add(`node:${first.nodeId}`);
    expect(list.allowed(one)?.sources).toEqual([second]);
    await list.add(`address:${second.addresses[0]?.host}`);
    expect(list.allowed(one)).toBeUndefined();
    await list.remove(`node:${first.nodeId}`);
    expect(list.allowed(one)?.sources).toEqual([first]);
    await list.add('name:*tide*');
    expect(list.allowed(one)).toBeUndefined();
    await list.remove('name:*tide*');
    await list.add(`hash:${one.hash}`);
    expect(list.allowed(one)).toBeUndefined();
    expect(list.ruleOfFile(one)).toBe(`hash:${one.hash}`);
    expect(changes).toBe(6);
  });

  it('leaves out a blocked address of a source, not the source that is at others too', async () => {
    const list = await open();
    const [good, bad] = ['8.8.8.1', '66.6.6.6'].map((host) => ({ host, port: 5000 })) as [PeerAddress, PeerAddress];
    const both = source(1, { addresses: [bad, good] });
    const called = source(2, { addresses: [] });
    await list.add('address:66.6.6.6');
    expect(list.allowed(hit(1, { sources: [both, called] }))?.sources).toEqual([
      { ...both, addresses: [good] },
      called,
    ]);
    await list.add('address:8.8.8.0/24');
    expect(list.allowed(hit(1, { sources: [both, called] }))?.sources).toEqual([called]);
  });

  it('names the rule that holds, as it is kept', async () => {
    const list = await open();
    await list.import(`name:*Blue_Tr*\nname:tide.mp3\naddress:8.8.0.0/16\nnode:${node(3)}\naddress:2001:db8::/32`);
    const rules = list.page(0, 10).rules;
    const names = ['the blue train', 'Tide.mp3', 'a tide.mp3'].map((name) => list.ruleOfFile({ name }));
    expect(names).toEqual([rules[0], rules[1], undefined]);
    const peers = ['8.8.4.4', '8.9.4.4', '2001:db8:1::1'].map((host) => list.ruleOfPeer({ host }));
    expect(peers).toEqual([rules[2], undefined, rules[4]]);
    expect(list.ruleOfPeer({ nodeId: node(3), host: '8.9.4.4' })).toBe(rules[3]);
    await list.remove(rules[2] ?? '');
    expect(list.ruleOfPeer({ host: '8.8.4.4' })).toBeUndefined();
  });

  it('is there after a restart, in a file that others can import', async () => {
    const list = await open();
    await list.import(`# mine\nname:*tide*  # bad copies\nnonsense\n\nname:*TIDE*\r\naddress:8.8.8.0/24\n`);
    const again = await open();
    expect(again.page(0, 10)).toEqual({ rules: ['name:*tide*', 'address:8.8.8.0/24'], total: 2, next: null });
    expect(again.blocksPeer({ host: '8.8.8.200' })).toBe(true);
    expect(again.blocksPeer({ host: '8.8.9.1' })).toBe(false);
    files.putFile(PATH, 'rubbish\nname:*ebb*\n');
    expect((await open()).export()).toMatchObject({ rules: 1 });
    expect(logger.lines.at(-1)).toMatchObject({
      level: 'warn',
      fields: { lines: 1, first: expect.stringMatching(/^line 1/) },
    });
  });

  it('counts what an import brings, and takes all of it or none', async () => {
    const list = await open();
    expect(await list.import('name:*tide*\nname:*ebb*\nbad\nname:*tide*')).toEqual({
      ...{ added: 2, known: 1, bad: 1, firstBad: expect.stringMatching(/^line 3: /) },
    });
    const many = Array.from({ length: MAX_BLOCK_RULES + 1 }, (_, n) => `name:*abc${n}*`).join('\n');
    expect(many.length).toBeLessThan(MAX_BLOCK_BYTES);
    await expect(list.import(many)).rejects.toMatchObject({ code: 'input.invalid' });
    expect(list.size).toBe(2);
    files.faults.readOnly = true;
    await expect(list.add('name:*new*')).rejects.toMatchObject({ code: 'disk.read-only' });
    await expect(list.remove('name:*ebb*')).rejects.toMatchObject({ code: 'disk.read-only' });
    expect(list.page(0, 10).rules.toSorted()).toEqual(['name:*ebb*', 'name:*tide*']);
    await expect(list.remove('name:*neap*')).rejects.toMatchObject({ code: 'input.unknown' });
  });

  it('is met by a name in little time, though it is full of patterns made alike', async () => {
    const list = await open();
    const names = Array.from({ length: 200 }, (_, n) =>
      hit(n, { name: `the sea and tide ${n} of it, and of the tide, ${n}` }),
    );
    // Of the processor: what runs beside takes none of it. It is counted in steps of some ms, so that one run is too short.
    const timeWith = async (patterns: number): Promise<number> => {
      await list.import(Array.from({ length: patterns }, (_, n) => `name:*tide ${n} of the sea*`).join('\n'));
      const start = process.threadCpuUsage();
      for (let run = 0; run < 50; run++) expect(names.filter((one) => !list.allowed(one))).toEqual([]);
      return process.threadCpuUsage(start).user;
    };
    const few = await timeWith(990);
    // With all patterns tried it is a hundred times as much: seconds for 200 hits, which are an answer.
    const many = await timeWith(99_000);
    expect(many).toBeLessThan(60 * few);
    expect(list.allowed(hit(1, { name: 'a tide 98999 of the sea.mp3' }))).toBeUndefined();
  });
});
