import type { Command } from 'commander';
import type { CommandInput, Events } from '../../contract/api.ts';
import { AppError, type ErrorCode } from '../../contract/errors.ts';
import { estimateSeconds, freeSlots } from '../../contract/estimate.ts';
import { parseContentHash, type SearchId } from '../../contract/ids.ts';
import type { Pollution } from '../../contract/pollution.ts';
import type { SearchResult } from '../../contract/search.ts';
import { readCount, readCountFromZero, readSeconds } from '../arguments.ts';
import { EventQueue } from '../event-queue.ts';
import { type ExitStatus, exitStatusOf } from '../exit-status.ts';
import { formatBytes, formatCount, safeText } from '../format.ts';
import { NO_SUPERNODE_ANSWERED } from '../no-answer.ts';
import type { Output } from '../output.ts';
import { type Call, makeCommand, type Session, withPeer } from '../session.ts';

const SPEC = {
  name: 'search',
  summary: 'Search the network; results come in waves. Ctrl-C stops it.',
  examples: ['search "blue train" type:audio', 'search ubuntu min:1GB -beta --limit 20', 'search HASH'],
};
/** Of an end only the code is told, and the texts of these say more. */
const WHY_ENDED: { readonly [code in ErrorCode]?: string } = {
  'search.over-budget': 'the supernode refused: too many searches; try again later',
  'search.query-invalid': 'the supernode refused: this search cannot be asked',
  internal: 'an internal error, of which the log of the peer says more',
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

async function search(session: Session, { peer, out }: Call, { input, all }: Asked): Promise<void> {
  const { host } = session;
  const events = new EventQueue<SearchEvent>();
  peer.on('search.hit', (data) => events.push({ event: 'hit', ...data }));
  peer.on('search.wave', (data) => events.push({ event: 'wave', ...data }));
  peer.on('search.end', (data) => events.push({ event: 'end', ...data }));
  void peer.closed.then(() => events.end());
  const { id } = await peer.command('search.start', input);
  const uncatch = stopOnInterrupt(host.onInterrupt, () => peer.command('search.stop', { id }), host.exit);
  try {
    const end = await print(events, new Hits(out, all), { id, out });
    // The peer is gone: any call says how.
    if (!end) await peer.query('status', {});
    if (end?.error !== undefined) session.status = tellWhyEnded(end.error, out);
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

/** Gives what the command ends with. */
function tellWhyEnded(code: ErrorCode, out: Output): ExitStatus {
  const error = new AppError(code);
  out.remark(`the search has failed: ${WHY_ENDED[code] ?? error.message}`);
  return exitStatusOf(error);
}

/** Prints what comes until the end, which it gives; undefined when the events end before. */
async function print(
  events: EventQueue<SearchEvent>,
  hits: Hits,
  { id, out }: { readonly id: SearchId; readonly out: Output },
): Promise<Events['search.end'] | undefined> {
  let waves = 0;
  for await (const event of events) {
    if (event.id !== id) continue;
    if (event.event === 'hit') hits.print(event.result);
    else if (event.event === 'wave') {
      waves += 1;
      printWave(event, out);
    } else {
      const { reason, results, blocked = 0, error } = event;
      const { hidden } = hits;
      const left = [
        hidden > 0 ? `, and ${hidden} hidden that look polluted: --all shows them` : '',
        blocked > 0 ? `, ${blocked} more on your block list` : '',
      ].join('');
      const counts = { results, hidden, ...(blocked > 0 ? { blocked } : {}) };
      const failed = error === undefined ? {} : { error };
      out.answer(
        { event: 'end', reason, ...counts, ...failed },
        () => `${formatCount(results, 'result')} (${reason})${left}`,
      );
      const isUnanswered = waves === 0 && results === 0 && error === undefined && reason !== 'exhausted';
      if (isUnanswered) out.remark(NO_SUPERNODE_ANSWERED);
      return event;
    }
  }
  return undefined;
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
    () =>
      `-- wave ${wave}: ${answered} of ${formatCount(asked, 'supernode')} answered, ${formatCount(results, 'result')}`,
  );
}
