import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { HostilePeer } from '../hostile-peer.ts';
import type { Attack } from './attack-process.ts';

const CLAIMED = 1_000_000;
/** Of one upload. */
const FILES = 500;
/** It goes on after the first refusal. */
const REFUSALS = 20;

const hex = (bytes: number) => randomBytes(bytes).toString('hex');
const file = () => `<file hash="${hex(32)}" size="3" type="other" name="reef ${hex(8)}"/>`;

/** From each address a child that says it has a million files and sends as many as are taken: how many that was in all. */
export async function claimMillion({ target, from, say }: Attack): Promise<void> {
  let files = 0;
  let refused = 0;
  say('begun');
  const attackFrom = async (localAddress: string) => {
    const peer = await HostilePeer.make(target, localAddress);
    const { id } = await peer.join([], { files: CLAIMED, bytes: CLAIMED });
    let sequence = 1;
    for (let failed = 0; failed < REFUSALS; ) {
      const { status } = await peer.ask(`/children/self/files?session=${id}&sequence=${sequence}`, {
        ...{ method: 'POST', headers: { 'content-encoding': 'gzip' } },
        body: gzipSync(`<files>${Array.from({ length: FILES }, file).join('')}</files>`, { level: 1 }),
      });
      if (status === 200) {
        sequence++;
        files += FILES;
      } else {
        failed++;
        refused++;
      }
    }
  };
  await Promise.all(from.map(attackFrom));
  say('over', { files, refused });
}
