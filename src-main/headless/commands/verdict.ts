import type { Command } from 'commander';
import { AppError } from '../../contract/errors.ts';
import { type ContentHash, parseContentHash, shortId } from '../../contract/ids.ts';
import { VERDICTS, type Verdict } from '../../contract/votes.ts';
import { readCount } from '../arguments.ts';
import { knownFile } from '../known-size.ts';
import { makeCommand, type Session, withPeer } from '../session.ts';

const SPEC = {
  name: 'verdict',
  summary: 'Say what a file is; others hear it only while the setting votes.publish is on.',
  examples: ['verdict HASH fake', 'verdict HASH good --size 4211', 'verdict HASH none'],
};

export const verdictCommand = (session: Session): Command =>
  makeCommand(SPEC)
    .argument('<HASH>', 'its ContentHash')
    .argument('<WHAT>', `${VERDICTS.join(', ')}, or none to take it back`)
    .option('--size <BYTES>', 'its size, where no download or search shows it', readCount)
    .action((text: string, what: string, { size }: { readonly size?: number }, command: Command) =>
      withPeer(session, command, async ({ peer, out }) => {
        const hash = readHash(text);
        const verdict = readVerdict(what);
        const file = size === undefined ? await knownFile(peer, hash) : { size, name: '' };
        const name = file.name === '' ? {} : { name: file.name };
        const answer = await peer.command('verdict.set', { hash, size: file.size, verdict, ...name });
        const words = verdict === null ? 'you say nothing of it any more' : `you say that it is ${verdict}`;
        const told = answer.isPublic ? 'others are told' : HERE_ONLY;
        out.answer(answer, () => `${shortId(hash)}: ${words}; ${told}`);
      }),
    );

const HERE_ONLY =
  'this stays here. "shoal settings votes.publish on" lets others hear what you say from then on, and so that you had the file';

/** Fails with input.invalid. */
export function readHash(text: string): ContentHash {
  const hash = parseContentHash(text);
  if (!hash) throw new AppError('input.invalid', { what: text, why: 'a ContentHash has 64 hexadecimal digits' });
  return hash;
}

function readVerdict(text: string): Verdict | null {
  if (text === 'none') return null;
  const verdict = VERDICTS.find((one) => one === text);
  if (!verdict) throw new AppError('input.invalid', { what: text, why: `it is one of ${VERDICTS.join(', ')}, none` });
  return verdict;
}
