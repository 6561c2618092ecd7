import type { Command } from 'commander';
import { shortId } from '../../contract/ids.ts';
import { type Opinion, VERDICTS } from '../../contract/votes.ts';
import { readCount, readSeconds } from '../arguments.ts';
import { formatCount } from '../format.ts';
import { knownFile } from '../known-size.ts';
import { NO_SUPERNODE_ANSWERED } from '../no-answer.ts';
import { makeCommand, type Session, withPeer } from '../session.ts';
import { readHash } from './verdict.ts';

const SPEC = {
  name: 'votes',
  summary: 'Ask others what they say that a file is: evidence, never the truth.',
  examples: ['votes HASH', 'votes HASH --size 4211 --wait 10 --json'],
};
/** Others are found and asked in the background meanwhile. */
const WAIT_MS = 5000;
type Options = { readonly size?: number; readonly wait?: number };

export const votesCommand = (session: Session): Command =>
  makeCommand(SPEC)
    .argument('<HASH>', 'its ContentHash')
    .option('--size <BYTES>', 'its size, where no download or search shows it', readCount)
    .option('--wait <S>', 'how long others may take to answer, seconds (default: 5)', readSeconds)
    .action((text: string, { size: given, wait = WAIT_MS }: Options, command: Command) =>
      withPeer(session, command, async ({ peer, out }) => {
        const hash = readHash(text);
        const size = given ?? (await knownFile(peer, hash)).size;
        let last: Opinion | undefined;
        peer.on('opinion', (opinion) => {
          if (opinion.hash === hash && opinion.size === size) last = opinion;
        });
        const first = await peer.query('votes', { hash, size });
        await Promise.race([peer.closed, new Promise((resolve) => setTimeout(resolve, wait))]);
        const opinion = last ?? first;
        out.answer(opinion, () => describe(opinion));
        if (opinion.known + opinion.unknown > 0) return;
        const { role, parent } = await peer.query('status', {});
        if (role === 'leaf' && parent === null) out.remark(NO_SUPERNODE_ANSWERED);
      }),
    );

function describe({ hash, score, known, unknown, counts, own }: Opinion): readonly string[] {
  const said = VERDICTS.filter((verdict) => counts[verdict] > 0).map((verdict) => `${verdict} ${counts[verdict]}`);
  const voters = known + unknown;
  const who =
    voters === 0
      ? 'nobody who was asked says anything of it'
      : `${said.join(', ')}: of ${formatCount(voters, 'voter')}, ${known} with whom you agreed before`;
  return [
    `${shortId(hash)}: ${who}`,
    ...(voters === 0 ? [] : [`together ${score.toFixed(2)}, from -1 (bad) to +1 (good)`]),
    ...(own === null ? [] : [`you say that it is ${own}`]),
  ];
}
