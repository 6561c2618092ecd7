import type { Command } from 'commander';
import { shortSource } from '../../contract/web-url.ts';
import { readCount, readPath } from '../arguments.ts';
import { findSource, readId } from '../named-download.ts';
import { makeCommand, type Session, withPeer } from '../session.ts';

/** `pause`, `resume`, `retry`, `cancel`, `discard`, `move` and `relocate`: each names one download. */
export const pauseCommand = (session: Session): Command =>
  control(session, { name: 'pause', summary: 'Pause a download.', done: 'paused' });
export const resumeCommand = (session: Session): Command =>
  control(session, { name: 'resume', summary: 'Go on with a paused or failed download.', done: 'resumed' });
export const retryCommand = (session: Session): Command =>
  makeCommand({
    name: 'retry',
    summary: 'Try again at once whatever rests or failed; or one source, a banned one too.',
    examples: ['retry 1f0c22ab', 'retry 1f0c22ab --source 9a07c1d2e3f4'],
  })
    .argument('<ID>', 'the download, as "shoal downloads" lists it')
    .option('--source <NODE>', 'this source alone, as "shoal downloads ID" lists it: its ban ends')
    .action((text: string, { source }: { readonly source?: string }, command: Command) =>
      withPeer(session, command, async ({ peer, out }) => {
        const id = readId(text);
        if (source === undefined) {
          await peer.command('download.retry', { id });
          return out.answer({ id }, () => `${id} is tried again`);
        }
        const { node } = await findSource(peer, id, source);
        await peer.command('download.retry', { id, node });
        out.answer({ id, node }, () => `${shortSource(node)} is tried again for ${id}`);
      }),
    );
export const cancelCommand = (session: Session): Command =>
  control(session, { name: 'cancel', summary: 'End a download and remove its parts.', done: 'cancelled' });

export const discardCommand = (session: Session): Command =>
  control(session, { name: 'discard', summary: 'Delete the file of a finished download.', done: 'deleted' });

export const moveCommand = (session: Session): Command =>
  makeCommand({
    name: 'move',
    summary: 'Change the order of waiting downloads.',
    examples: ['move 1f0c22ab 1'],
  })
    .argument('<ID>', 'the download, as "shoal downloads" lists it')
    .argument('<PLACE>', 'its new place; 1 runs next', readCount)
    .action((text: string, place: number, _options, command: Command) =>
      withPeer(session, command, async ({ peer, out }) => {
        const { id } = await peer.command('download.move', { id: readId(text), place });
        out.answer({ id, place }, () => `${id} moved to place ${place}`);
      }),
    );

export const relocateCommand = (session: Session): Command =>
  makeCommand({
    name: 'relocate',
    summary: 'Bring a download, with what came of it, to another folder.',
    examples: ['relocate 1f0c22ab /media/disk/Shoal'],
  })
    .argument('<ID>', 'the download, as "shoal downloads" lists it')
    .argument('<DIR>', 'the folder where its file is to lie', readPath(session.host.workingFolder))
    .action((text: string, folder: string, _options, command: Command) =>
      withPeer(session, command, async ({ peer, out }) => {
        const { id } = await peer.command('download.relocate', { id: readId(text), folder });
        out.answer({ id, folder }, () => `${id} is in ${folder} now`);
      }),
    );

type Control = {
  readonly name: 'pause' | 'resume' | 'cancel' | 'discard';
  readonly summary: string;
  readonly done: string;
};

function control(session: Session, { name, summary, done }: Control): Command {
  return makeCommand({ name, summary, examples: [`${name} 1f0c22ab`] })
    .argument('<ID>', 'the download, as "shoal downloads" lists it')
    .action((text: string, _options, command: Command) =>
      withPeer(session, command, async ({ peer, out }) => {
        const { id } = await peer.command(`download.${name}`, { id: readId(text) });
        out.answer({ id }, () => `${id} ${done}`);
      }),
    );
}
