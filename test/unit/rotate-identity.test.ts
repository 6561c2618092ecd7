import { describe, expect, it } from 'vitest';
import type { NodeId } from '../../src-main/contract/ids.ts';
import type { FileSystem } from '../../src-main/engine/ports/index.ts';
import { CreditStore } from '../../src-main/engine/store/credit-store.ts';
import { IdentityStore } from '../../src-main/engine/store/identity-store.ts';
import { migrate } from '../../src-main/engine/store/migrations.ts';
import { MIGRATIONS } from '../../src-main/engine/store/schema.ts';
import { VoteStore } from '../../src-main/engine/store/vote-store.ts';
import { loadIdentity } from '../../src-main/platform/identity/load-identity.ts';
import { identityKeeper, takeNextKey } from '../../src-main/platform/identity/rotate-identity.ts';
import { NodeFileSystem } from '../../src-main/platform/node-file-system.ts';
import { MemoryDatabase } from '../../src-main/simulator/memory-database.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { hashOf } from '../support/voters.ts';

const files = new NodeFileSystem();

async function start(folder: string, on: FileSystem = files): Promise<NodeId> {
  await takeNextKey(on, folder);
  return (await loadIdentity(on, folder)).nodeId;
}

/** A file system of a process that is killed before its n-th change. */
function mortal(changes: number): FileSystem {
  let left = changes;
  const die = (name: 'rename' | 'writeSmall' | 'syncFolder') => {
    const honest = files[name].bind(files) as (...words: unknown[]) => Promise<unknown>;
    return (...words: unknown[]) => (left-- <= 0 ? Promise.reject(new Error('killed')) : honest(...words));
  };
  const deadly = { rename: die('rename'), writeSmall: die('writeSmall'), syncFolder: die('syncFolder') };
  return new Proxy(files, {
    get(target, name) {
      const value = deadly[name as keyof typeof deadly] ?? Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

describe('another identity', () => {
  it('is there at the next start, and stays', async () => {
    const folder = await temporaryFolder();
    const old = await start(folder);
    const next = await identityKeeper(files, folder).rotate();
    expect((await loadIdentity(files, folder)).nodeId).toBe(old);
    expect(next).not.toBe(old);
    expect([await start(folder), await start(folder)]).toEqual([next, next]);
  });

  it('is forgotten when it was not wanted after all', async () => {
    const folder = await temporaryFolder();
    const old = await start(folder);
    await identityKeeper(files, folder).rotate();
    await identityKeeper(files, folder).keep();
    await identityKeeper(files, folder).keep();
    expect(await start(folder)).toBe(old);
  });

  it('is known while it waits', async () => {
    const folder = await temporaryFolder();
    await start(folder);
    const keeper = identityKeeper(files, folder);
    expect(keeper.next()).toBeUndefined();
    const next = await keeper.rotate();
    expect(keeper.next()).toBe(next);
    await keeper.keep();
    expect(keeper.next()).toBeUndefined();
  });

  it('is not made of a file that holds no key', async () => {
    const folder = await temporaryFolder();
    const old = await start(folder);
    await files.writeSmall(files.paths.join(folder, 'identity-next.pem'), new TextEncoder().encode('damaged'));
    expect([await start(folder), await start(folder)]).toEqual([old, old]);
  });

  it.each([0, 1, 2, 3])('is the old one or the new one when the process is killed after %i steps', async (steps) => {
    const folder = await temporaryFolder();
    const old = await start(folder);
    const planned = await identityKeeper(mortal(steps), folder)
      .rotate()
      .catch(() => undefined);
    expect(planned === undefined).toBe(steps === 0);
    const tried = await start(folder, mortal(steps)).catch(() => undefined);
    const now = await start(folder);
    expect(now).toBe(planned ?? old);
    expect([undefined, now]).toContain(tried);
  });

  it('takes with it what it told others and all credit, but not what the user thinks of files', async () => {
    const database = new MemoryDatabase();
    await migrate(database, { migrations: MIGRATIONS, path: ':memory:' });
    const [one, other] = ['1', '2'].map((digit) => digit.repeat(64) as NodeId) as [NodeId, NodeId];
    const [identity, votes, credit] = [new IdentityStore(database), new VoteStore(database), new CreditStore(database)];
    expect(await identity.adopt(one)).toBe(false);
    const verdict = { hash: hashOf(1), size: 5, name: 'x', sequence: 7, isPublic: true, signature: 'a'.repeat(128) };
    await votes.setVerdict({ ...verdict, verdict: 'fake' });
    await votes.setVerdict({ ...verdict, hash: hashOf(2), verdict: 'none' });
    const vote = { hash: hashOf(1), size: 5, node: other, verdict: 'fake', sequence: 1, block: '1.2.3' } as const;
    const known = { votes: [{ ...vote, judged: 'fake', isEcho: false } as const], voters: [] };
    await votes.save({ ...known, atMs: 1, wallMs: 1 });
    await credit.save({ atMs: 1, wallMs: 1, changed: [{ node: other, received: 9, sent: 0, atMs: 1 }], removed: [] });
    expect(await identity.adopt(one)).toBe(false);
    expect(await votes.verdicts()).toHaveLength(2);
    expect(await identity.adopt(other)).toBe(true);
    expect(await votes.verdicts()).toMatchObject([{ hash: hashOf(1), verdict: 'fake', isPublic: false }]);
    expect((await votes.known()).votes).toHaveLength(1);
    expect((await credit.load()).peers).toEqual([]);
    expect(await identity.adopt(other)).toBe(false);
    await database.close();
  });
});
