import type { Command } from 'commander';
import { makeCommand, type Session, withPeer } from '../session.ts';

const SPEC = { name: 'stop', summary: 'End the running peer cleanly.', examples: ['stop'] };

export const stopCommand = (session: Session): Command =>
  makeCommand(SPEC).action((_options, command: Command) =>
    withPeer(session, command, async ({ peer, out }) => {
      await peer.stopPeer();
      await ended(peer.pid);
      out.answer({ stopped: true, pid: peer.pid }, () => `the peer (process ${peer.pid}) ended`);
    }),
  );

/** How often to look whether the process is gone: a peer that still stores its state must not be reported as ended. */
const LOOK_EVERY_MS = 20;
/** Longer than the peer takes in any case: its own waits are shorter. */
const GIVE_UP_AFTER_MS = 15_000;

async function ended(pid: number): Promise<void> {
  const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
  while (isAlive(pid) && performance.now() < giveUpAt)
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    // No such process (it is ours, so a lack of rights cannot be the reason).
    return false;
  }
}
