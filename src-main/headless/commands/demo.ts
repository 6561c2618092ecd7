import type { Command } from 'commander';
import { DownloadProgress } from '../download-progress.ts';
import { makeCommand, outputOf, type Session } from '../session.ts';

const SPEC = {
  name: 'demo',
  summary: 'Play the main job on a small network of its own on this machine.',
  examples: ['demo', 'demo --headless'],
};

export const demoCommand = (session: Session): Command =>
  makeCommand(SPEC, { needsData: false })
    .option('--headless', 'end after the play, open nothing')
    .action(async ({ headless = false }: { readonly headless?: boolean }, command: Command) => {
      const { host } = session;
      const out = outputOf(session, command);
      const progress = new DownloadProgress(out);
      const interrupted = new AbortController();
      const uncatch = host.onInterrupt(() => (interrupted.signal.aborted ? host.exit(1) : interrupted.abort()));
      try {
        await host.runDemo({
          say: (text, facts = {}) => out.answer({ event: 'step', text: text.trim(), ...facts }, () => text),
          progress: (download) => progress.show(download),
          interrupted: interrupted.signal,
          isWatched: !headless && host.isWatched,
        });
      } finally {
        uncatch();
      }
    });
