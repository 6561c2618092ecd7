import { type BlockImport, MAX_BLOCK_BYTES, MAX_BLOCK_RULES } from '../../../contract/blocks.ts';
import { AppError } from '../../../contract/errors.ts';
import type { ContentHash, NodeId } from '../../../contract/ids.ts';
import type { Hit } from '../../../contract/search.ts';
import { utf8Length } from '../../../contract/utf8.ts';
import type { Clock, FileSystem, Logger } from '../../ports/index.ts';
import { type BlockRule, parseRule, withoutComment } from './block-rule.ts';
import { formatPattern } from './name-pattern.ts';
import { NamePatterns } from './name-patterns.ts';
import { formatNetwork, Networks } from './network.ts';

type Deps = {
  readonly clock: Pick<Clock, 'sleep'>;
  readonly logger: Logger;
  readonly files: FileSystem;
  /** Where the rules are kept, one a line. */
  readonly path: string;
  readonly changed: () => void;
};
type Peer = { readonly nodeId?: NodeId | undefined; readonly host: string };
type Page = { readonly rules: readonly string[]; readonly total: number; readonly next: number | null };

/** Lines that are read before others have their turn: some 5 ms when all are patterns. */
const LINES_AT_ONCE = 250;
const HEAD = '# Block list of Shoal: hash:HASH, name:PATTERN, address:ADDRESS[/BITS], node:NODEID\n';

/**
 * What the user does not want to see, fetch or speak to, kept in a plain file. It is asked from memory and in force at once. Rules are
 * never told to anybody; who is shut out is told nothing either.
 */
export class BlockList {
  readonly #deps: Deps;
  readonly #rules = new Map<string, BlockRule>();
  readonly #hashes = new Set<ContentHash>();
  readonly #nodes = new Set<NodeId>();
  readonly #names = new NamePatterns();
  readonly #networks = new Networks();
  #bytes = utf8Length(HEAD);
  /** One change at a time: each writes all rules. */
  #changing: Promise<unknown> = Promise.resolve();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Reads what was kept; a line that cannot be used is told and passed over. Fails with disk.*. */
  async start(): Promise<void> {
    const { files, path, logger } = this.#deps;
    const kept = await files.readSmall(path, MAX_BLOCK_BYTES);
    if (!kept) return;
    const { bad, firstBad } = await this.#take(new TextDecoder().decode(kept));
    if (bad > 0)
      logger.warn('lines of the block list are no rules and count for nothing', { path, lines: bad, first: firstBad });
  }

  get size(): number {
    return this.#rules.size;
  }

  blocksHash(hash: ContentHash): boolean {
    return this.#hashes.has(hash);
  }

  blocksPeer({ nodeId, host }: Peer): boolean {
    return (nodeId !== undefined && this.#nodes.has(nodeId)) || this.#networks.find(host) !== undefined;
  }

  /** The rule by which a file is neither shown nor fetched. */
  ruleOfFile({
    hash,
    name = '',
  }: {
    readonly hash?: ContentHash | undefined;
    readonly name?: string;
  }): string | undefined {
    if (hash !== undefined && this.#hashes.has(hash)) return `hash:${hash}`;
    const pattern = this.#names.find(name);
    return pattern && `name:${formatPattern(pattern)}`;
  }

  /** The rule by which a peer is not spoken to. */
  ruleOfPeer({ nodeId, host }: Peer): string | undefined {
    if (nodeId !== undefined && this.#nodes.has(nodeId)) return `node:${nodeId}`;
    const network = this.#networks.find(host);
    return network && `address:${formatNetwork(network)}`;
  }

  /** A hit without the sources that are blocked, and addresses of others that are; undefined when it is blocked itself, or nothing is left of it. */
  allowed<T extends Pick<Hit, 'hash' | 'name' | 'sources'>>(hit: T): T | undefined {
    if (this.#rules.size === 0) return hit;
    if (this.ruleOfFile(hit) !== undefined) return undefined;
    const sources = hit.sources.flatMap((source) => this.#allowedSource(source) ?? []);
    if (sources.every((source, at) => source === hit.sources[at]) && sources.length === hit.sources.length) return hit;
    return sources.length === 0 ? undefined : { ...hit, sources };
  }

  /** Whoever names it may say that it is at a blocked address too: that alone is no reason to leave it out. */
  #allowedSource<T extends Hit['sources'][number]>(source: T): T | undefined {
    if (this.#nodes.has(source.nodeId)) return undefined;
    const addresses = source.addresses.filter(({ host }) => this.#networks.find(host) === undefined);
    if (addresses.length === source.addresses.length) return source;
    return addresses.length === 0 ? undefined : { ...source, addresses };
  }

  /** Adds one; gives it as it is kept. Fails with input.invalid or disk.*. */
  add(line: string): Promise<string> {
    return this.#change(async () => {
      const rule = parseRule(line.trim());
      if ('why' in rule) throw new AppError('input.invalid', { what: line, why: rule.why });
      const isNew = !this.#rules.has(rule.text);
      if (isNew) this.#put(rule);
      return { value: rule.text, undo: () => isNew && this.#drop(rule) };
    });
  }

  /** Gives the rule. Fails with input.unknown when there is no such rule, or disk.*. */
  remove(line: string): Promise<string> {
    return this.#change(async () => {
      const parsed = parseRule(line.trim());
      const rule = 'why' in parsed ? undefined : this.#rules.get(parsed.text);
      if (!rule)
        throw new AppError('input.unknown', { what: line, why: 'there is no such rule: see "shoal block list"' });
      this.#drop(rule);
      return { value: rule.text, undo: () => this.#put(rule) };
    });
  }

  /** Adds the rules of a file. Fails with input.invalid when they are too many, and adds none; or with disk.*. */
  import(text: string): Promise<BlockImport> {
    return this.#change(async () => {
      const { taken, ...value } = await this.#take(text);
      return { value, undo: () => taken.map((rule) => this.#drop(rule)) };
    });
  }

  page(after: number, limit: number): Page {
    const rules = [...this.#rules.keys()].slice(after, after + limit);
    const next = after + limit < this.#rules.size ? after + limit : null;
    return { rules, total: this.#rules.size, next };
  }

  /** All rules as a file that others can import. */
  export(): { readonly text: string; readonly rules: number } {
    return { text: [HEAD, ...[...this.#rules.keys()].map((rule) => `${rule}\n`)].join(''), rules: this.#rules.size };
  }

  #change<T>(work: () => Promise<{ readonly value: T; readonly undo: () => unknown }>): Promise<T> {
    const change = this.#changing
      .catch(() => undefined)
      .then(async () => {
        const { value, undo } = await work();
        const { files, path } = this.#deps;
        try {
          await files.writeSmall(path, new TextEncoder().encode(this.export().text));
        } catch (error) {
          // What is not kept would be gone after the next start without a word.
          undo();
          throw error;
        }
        this.#deps.changed();
        return value;
      });
    this.#changing = change;
    return change;
  }

  async #take(text: string): Promise<BlockImport & { readonly taken: readonly BlockRule[] }> {
    const taken: BlockRule[] = [];
    const counts = { known: 0, bad: 0, firstBad: null as string | null };
    const lines = text.split('\n');
    try {
      for (const [at, line] of lines.entries()) {
        if (at % LINES_AT_ONCE === LINES_AT_ONCE - 1) await this.#deps.clock.sleep(0);
        const written = withoutComment(line);
        if (written === '') continue;
        const rule = parseRule(written);
        if ('why' in rule) {
          counts.bad++;
          counts.firstBad ??= `line ${at + 1}: ${rule.why}`;
        } else if (this.#rules.has(rule.text)) counts.known++;
        else {
          this.#put(rule);
          taken.push(rule);
        }
      }
    } catch (error) {
      for (const rule of taken) this.#drop(rule);
      throw error;
    }
    return { added: taken.length, ...counts, taken };
  }

  #put(rule: BlockRule): void {
    const bytes = this.#bytes + utf8Length(rule.text) + 1;
    if (this.#rules.size >= MAX_BLOCK_RULES || bytes > MAX_BLOCK_BYTES) {
      const why = `the block list is full: it holds ${MAX_BLOCK_RULES} rules and ${MAX_BLOCK_BYTES / 2 ** 20} MiB`;
      throw new AppError('input.invalid', { what: rule.text, why });
    }
    this.#bytes = bytes;
    this.#rules.set(rule.text, rule);
    if (rule.kind === 'hash') this.#hashes.add(rule.hash);
    else if (rule.kind === 'node') this.#nodes.add(rule.nodeId);
    else if (rule.kind === 'name') this.#names.add(rule.pattern);
    else this.#networks.add(rule.network);
  }

  #drop(rule: BlockRule): void {
    if (!this.#rules.delete(rule.text)) return;
    this.#bytes -= utf8Length(rule.text) + 1;
    if (rule.kind === 'hash') this.#hashes.delete(rule.hash);
    else if (rule.kind === 'node') this.#nodes.delete(rule.nodeId);
    else if (rule.kind === 'name') this.#names.remove(rule.pattern);
    else this.#networks.remove(rule.network);
  }
}
