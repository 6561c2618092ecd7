import type { Command } from 'commander';
import type { CommandInput, Events } from '../../contract/api.ts';
import { estimateSeconds, freeSlots } from '../../contract/estimate.ts';
import { parseContentHash, type SearchId } from '../../contract/ids.ts';
import type { SearchResult } from '../../contract/search.ts';
import { readCount, readCountFromZero, readSeconds } from '../arguments.ts';
import { EventQueue } from '../event-queue.ts';
import { formatBytes, safeText } from '../format.ts';
import type { Output } from '../output.ts';
import { type Call, makeCommand, type Session, withPeer } from '../session.ts';

const SPEC = {
  name: 'search',
  summary: 'Search the network; results come in waves. Ctrl-C stops it.',
  examples: ['search "blue train" type:audio', 'search ubuntu min:1GB -beta --limit 20', 'search HASH'],
};
type Options = { readonly limit?: number; readonly timeout?: number; readonly hop?: number };

export const searchCommand = (session: Session): Command =>
  makeCommand(SPEC)
    .argument(
      '<WORDS...>',
      'words, "phrases", -excluded, type:audio artist:"…" min:10MB ext:pdf year:2001..2005; or a ContentHash',
    )
    .option('--limit <X>', 'stop at this many results', readCount)
    .option('--timeout <S>', 'stop after this many seconds', readSeconds)
    .option('--hop <N>', 'ask this many further supernodes, one after the other', readCountFromZero)
    // `-excluded` is a word of the query; a mistyped option still has two dashes.
    .allowUnknownOption()
    .action((words: readonly string[], options: Options, command: Command) => {
      const unknown = words.find((word) => word.startsWith('--'));
      if (unknown !== undefined) command.error(`error: unknown option '${unknown}'`);
      return withPeer(session, command, (call) => search(session, call, toInput(words, options)));
    });

type SearchInput = CommandInput<'search.start'>;
type SearchEvent =
  | ({ readonly event: 'hit' } & Events['search.hit'])
  | ({ readonly event: 'wave' } & Events['search.wave'])
  | ({ readonly event: 'end' } & Events['search.end']);

function toInput(words: readonly string[], { limit, timeout, hop }: Options): SearchInput {
  const hash = words.length === 1 ? parseContentHash(words[0] ?? '') : undefined;
  return {
    ...(hash ? { hash } : { words: words.join(' ') }),
    ...(limit === undefined ? {} : { limit }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
    ...(hop === undefined ? {} : { hops: hop }),
  };
}

async function search({ host }: Session, { peer, out }: Call, input: SearchInput): Promise<void> {
  const events = new EventQueue<SearchEvent>();
  peer.on('search.hit', (data) => events.push({ event: 'hit', ...data }));
  peer.on('search.wave', (data) => events.push({ event: 'wave', ...data }));
  peer.on('search.end', (data) => events.push({ event: 'end', ...data }));
  void peer.closed.then(() => events.end());
  const { id } = await peer.command('search.start', input);
  const uncatch = stopOnInterrupt(host.onInterrupt, () => peer.command('search.stop', { id }), host.exit);
  try {
    await print(events, id, out);
  } finally {
    uncatch();
  }
}

/** The first interrupt asks for the end of the search; the second does not wait for it. */
function stopOnInterrupt(
  onInterrupt: (listener: () => void) => () => void,
  stop: () => Promise<unknown>,
  exit: (status: number) => void,
): () => void {
  let isStopping = false;
  return onInterrupt(() => {
    if (isStopping) return exit(1);
    isStopping = true;
    // That it cannot be stopped means that it ended, which is printed anyway.
    stop().catch(() => undefined);
  });
}

async function print(events: EventQueue<SearchEvent>, id: SearchId, out: Output): Promise<void> {
  const shown = new Set<string>();
  for await (const event of events) {
    if (event.id !== id) continue;
    if (event.event === 'hit') printHit(event.result, shown, out);
    else if (event.event === 'wave') printWave(event, out);
    else {
      const { reason, results } = event;
      out.answer({ event: 'end', reason, results }, () => `${results} results (${reason})`);
      return;
    }
  }
}

/** People get a row once; programs get it again when its sources changed. */
function printHit(result: SearchResult, shown: Set<string>, out: Output): void {
  const { hash, name, size, type, sources, wave } = result;
  const key = `${hash} ${size}`;
  const isNew = !shown.has(key);
  shown.add(key);
  const line = [hash, formatBytes(size).padStart(10), `${sources.length}`.padStart(3), type.padEnd(8), safeText(name)];
  const speed = { freeSlots: freeSlots(result), estimateSeconds: estimateSeconds(result) };
  out.answer({ event: 'hit', hash, name, size, type, sources: sources.length, ...speed, wave }, () =>
    isNew ? line.join('  ') : [],
  );
}

function printWave({ wave, asked, answered, results, askedTotal }: Events['search.wave'], out: Output): void {
  out.answer(
    { event: 'wave', wave, asked, answered, results, askedTotal },
    () => `-- wave ${wave}: ${answered} of ${asked} supernodes answered, ${results} results`,
  );
}
