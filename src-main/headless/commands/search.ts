import type { Command } from 'commander';
import type { CommandInput, Events } from '../../contract/api.ts';
import { estimateSeconds, freeSlots } from '../../contract/estimate.ts';
import { parseContentHash, type SearchId } from '../../contract/ids.ts';
import type { Pollution } from '../../contract/pollution.ts';
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
/** Less is little to speak of. */
const SUSPECT = 0.3;
type Options = { readonly limit?: number; readonly timeout?: number; readonly hop?: number; readonly all?: boolean };

export const searchCommand = (session: Session): Command =>
  makeCommand(SPEC)
    .argument(
      '<WORDS...>',
      'words, "phrases", -excluded, type:audio artist:"…" min:10MB ext:pdf year:2001..2005; or a ContentHash',
    )
    .option('--limit <X>', 'stop at this many results', readCount)
    .option('--timeout <S>', 'stop after this many seconds', readSeconds)
    .option('--hop <N>', 'ask this many further supernodes, one after the other', readCountFromZero)
    .option('--all', 'also what is hidden because signs say that it is not what its name says')
    // `-excluded` is a word of the query; a mistyped option still has two dashes.
    .allowUnknownOption()
    .action((words: readonly string[], options: Options, command: Command) => {
      const unknown = words.find((word) => word.startsWith('--'));
      if (unknown !== undefined) command.error(`error: unknown option '${unknown}'`);
      return withPeer(session, command, (call) =>
        search(session, call, { input: toInput(words, options), all: options.all ?? false }),
      );
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

type Asked = { readonly input: SearchInput; readonly all: boolean };

async function search({ host }: Session, { peer, out }: Call, { input, all }: Asked): Promise<void> {
  const events = new EventQueue<SearchEvent>();
  peer.on('search.hit', (data) => events.push({ event: 'hit', ...data }));
  peer.on('search.wave', (data) => events.push({ event: 'wave', ...data }));
  peer.on('search.end', (data) => events.push({ event: 'end', ...data }));
  void peer.closed.then(() => events.end());
  const { id } = await peer.command('search.start', input);
  const uncatch = stopOnInterrupt(host.onInterrupt, () => peer.command('search.stop', { id }), host.exit);
  try {
    await print(events, new Hits(out, all), { id, out });
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

async function print(
  events: EventQueue<SearchEvent>,
  hits: Hits,
  { id, out }: { readonly id: SearchId; readonly out: Output },
): Promise<void> {
  for await (const event of events) {
    if (event.id !== id) continue;
    if (event.event === 'hit') hits.print(event.result);
    else if (event.event === 'wave') printWave(event, out);
    else {
      const { reason, results, blocked = 0 } = event;
      const { hidden } = hits;
      const left = [
        hidden > 0 ? `, and ${hidden} hidden that look polluted: --all shows them` : '',
        blocked > 0 ? `, ${blocked} more on your block list` : '',
      ].join('');
      const counts = { results, hidden, ...(blocked > 0 ? { blocked } : {}) };
      out.answer({ event: 'end', reason, ...counts }, () => `${results} results (${reason})${left}`);
      return;
    }
  }
}

/** Prints results: people get a row once; programs get it again when its sources or its signs of pollution changed. */
class Hits {
  readonly #out: Output;
  readonly #all: boolean;
  readonly #shown = new Set<string>();
  readonly #hidden = new Set<string>();

  constructor(out: Output, all: boolean) {
    this.#out = out;
    this.#all = all;
  }

  /** Results that were left out. */
  get hidden(): number {
    return this.#hidden.size;
  }

  print(result: SearchResult): void {
    const { hash, name, size, type, sources, wave, pollution } = result;
    const key = `${hash} ${size}`;
    if (pollution.isHidden && !this.#all) {
      this.#hidden.add(key);
      return;
    }
    this.#hidden.delete(key);
    const isNew = !this.#shown.has(key);
    this.#shown.add(key);
    const line = [
      hash,
      formatBytes(size).padStart(10),
      `${sources.length}`.padStart(3),
      type.padEnd(8),
      safeText(name),
    ];
    if (pollution.score >= SUSPECT)
      line.push(`(suspect ${Math.round(pollution.score * 100)} %: ${kindsOf(pollution)})`);
    const speed = { freeSlots: freeSlots(result), estimateSeconds: estimateSeconds(result) };
    const { score, signs } = pollution;
    this.#out.answer(
      { event: 'hit', hash, name, size, type, sources: sources.length, ...speed, wave, pollution: score, signs },
      () => (isNew ? line.join('  ') : []),
    );
  }
}

const kindsOf = ({ signs }: Pollution): string => signs.map(({ kind }) => kind).join(', ');

function printWave({ wave, asked, answered, results, askedTotal }: Events['search.wave'], out: Output): void {
  out.answer(
    { event: 'wave', wave, asked, answered, results, askedTotal },
    () => `-- wave ${wave}: ${answered} of ${asked} supernodes answered, ${results} results`,
  );
}
