import type { Command } from 'commander';
import { AppError } from '../../contract/errors.ts';
import { shortId } from '../../contract/ids.ts';
import { parseSize } from '../../contract/units.ts';
import { formatRate, safeText } from '../format.ts';
import { makeCommand, type Session, withPeer } from '../session.ts';

const SPEC = {
  name: 'limit',
  summary: 'Limit how fast one upload may be, for as long as it goes on or waits.',
  examples: ['limit 9a07c1d2e3f4 200KiB', 'limit 9a07c1d2e3f4 0'],
};

export const limitCommand = (session: Session): Command =>
  makeCommand(SPEC)
    .argument('<UPLOAD>', 'its peer, as "shoal uploads" lists it, or its id, as with --json')
    .argument('<RATE>', 'bytes a second, as 200KiB; 0: the settings hold')
    .action((text: string, given: string, _options, command: Command) =>
      withPeer(session, command, async ({ peer, out }) => {
        const rate = parseSize(given);
        if (rate === undefined)
          throw new AppError('input.invalid', { what: given, why: 'a rate is a number, as 200KiB' });
        const found = (await peer.query('uploads', {})).filter(({ id }) => id.startsWith(text.toLowerCase()));
        const [upload] = found;
        if (!upload) throw new AppError('input.unknown', { what: text, why: 'no upload begins so' });
        if (found.length > 1)
          throw new AppError('input.invalid', { what: text, why: 'several uploads begin so: give more of the id' });
        await peer.command('upload.set', { id: upload.id, rate });
        const who = upload.node === null ? upload.address : shortId(upload.node);
        const words = rate === 0 ? 'has no limit of its own' : `has at most ${formatRate(rate)}`;
        out.answer({ id: upload.id, rate }, () => `${safeText(upload.name)} to ${who} ${words}`);
      }),
    );
