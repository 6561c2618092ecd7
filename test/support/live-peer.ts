import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import type { QueryInput, QueryName, QueryOutputs } from '../../src-main/contract/api.ts';
import type { DownloadView } from '../../src-main/contract/transfer.ts';
import { ControlClient } from '../../src-main/headless/control-client.ts';
import { runCommand } from './command-line.ts';
import {
  type Line,
  type ShoalProcess,
  startBuiltPeer,
  startLyingPeer,
  startPeerIn,
  startPeerUnder,
} from './peer-process.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Longer than anything here takes on a busy machine of two cores; what a promise limits is measured, not waited for. */
const PATIENCE_MS = 40_000;
/** Files are shared as soon as they are there, and the number of searches is not what is tested. */
const QUICK = ['--set', 'library.settle=0', '--set', 'library.gather=0', '--set', 'search.leaf-queries=1000'];

/** What `look` gives as soon as it is neither false nor undefined. */
export const until = <T>(what: string, look: () => T | Promise<T>, timeout = PATIENCE_MS): Promise<NonNullable<T>> =>
  vi.waitUntil(look, { timeout, interval: 20 }).catch((cause: unknown) => {
    throw new Error(`in vain: ${what}`, { cause });
  }) as Promise<NonNullable<T>>;

/** A peer in a process of its own, on folders that outlive the process. */
export class LivePeer {
  readonly data: string;
  readonly shared: string;
  readonly downloads: string;
  #process: ShoalProcess | undefined;
  #client: ControlClient | undefined;
  #ready: Line = {};
  /** Whether its page asks the questions of the first start. */
  asksAtFirst = false;

  private constructor(root: string) {
    this.data = join(root, 'data');
    this.shared = join(root, 'shared');
    this.downloads = join(root, 'downloads');
  }

  /** Its folders; `files` are shared. */
  static async make(files: Readonly<Record<string, string | Uint8Array>> = {}): Promise<LivePeer> {
    const peer = new LivePeer(await temporaryFolder());
    await mkdir(peer.shared);
    await mkdir(peer.downloads);
    for (const [name, contents] of Object.entries(files)) await writeFile(join(peer.shared, name), contents);
    return peer;
  }

  get process(): ShoalProcess {
    if (!this.#process) throw new Error('not started');
    return this.#process;
  }

  get node(): string {
    return String(this.#ready.node);
  }

  get listen(): string {
    return String(this.#ready.listen);
  }

  /** Where its page is, good for one browser; only with `--web`. */
  get web(): string {
    return String(this.#ready.web);
  }

  /** As `--bootstrap` and magnet links name it. */
  get invitation(): string {
    return `shoal://${this.node}@${this.listen}`;
  }

  /** Starts the process and waits until it listens. */
  async start(...words: readonly string[]): Promise<this> {
    return this.#started(startBuiltPeer(this.data, ...this.#words, ...words));
  }

  /** The same in a network namespace. */
  async startIn(namespace: string, ...words: readonly string[]): Promise<this> {
    return this.#started(startPeerIn(namespace, this.data, ...this.#words, ...words));
  }

  /** The same with a mask for the modes of new files. */
  async startUnder(mask: string, ...words: readonly string[]): Promise<this> {
    return this.#started(startPeerUnder(mask, this.data, ...this.#words, ...words));
  }

  /** The same, but it sends altered bytes once it has sent `honestBytes` of true ones. */
  async startLying(honestBytes: number, ...words: readonly string[]): Promise<this> {
    return this.#started(startLyingPeer(this.data, honestBytes, ...this.#words, ...words));
  }

  get #words(): readonly string[] {
    const answered = this.asksAtFirst ? [] : ['--set', 'page.welcomed=true'];
    return ['--downloads', this.downloads, '--share', this.shared, ...QUICK, ...answered];
  }

  async #started(process: ShoalProcess): Promise<this> {
    this.#process = process;
    this.#ready = await process.event('ready');
    const client = await ControlClient.connect(this.data);
    this.#client = client;
    onTestFinished(() => client.close());
    return this;
  }

  /** Stops it where it is, with all its threads. */
  async freeze(): Promise<void> {
    const { pid } = this.process.process;
    this.process.process.kill('SIGSTOP');
    await until('all threads stopped', async () => /\) T /.test(await readFile(`/proc/${pid}/stat`, 'utf8')));
  }

  /** Lets it go on after `freeze`. */
  thaw(): void {
    this.process.process.kill('SIGCONT');
  }

  /** Ends it without a word to anybody; gives when. */
  async kill(): Promise<number> {
    const killedMs = performance.now();
    this.process.process.kill('SIGKILL');
    await this.process.status;
    return killedMs;
  }

  /** Asks it to end, and waits. */
  async stop(): Promise<void> {
    this.process.process.kill('SIGTERM');
    await this.process.status;
  }

  get client(): ControlClient {
    if (!this.#client) throw new Error('not started');
    return this.#client;
  }

  query<N extends QueryName>(name: N, input: QueryInput<N>): Promise<QueryOutputs[N]> {
    return this.client.query(name, input);
  }

  /** Waits until the status is as wanted. */
  untilStatus(what: string, matches: (status: QueryOutputs['status']) => boolean): Promise<unknown> {
    return until(what, async () => matches(await this.query('status', {})));
  }

  /** The only download. */
  async download(): Promise<DownloadView> {
    const [download] = await this.query('downloads', {});
    if (!download) throw new Error('no download');
    return download;
  }

  /** It may be on its way here still. */
  untilDownload(what: string, matches: (download: DownloadView) => boolean): Promise<DownloadView> {
    return until(what, async () => {
      const [download] = await this.query('downloads', {});
      return download && matches(download) ? download : undefined;
    });
  }

  /** Waits until this many files are hashed and shared. */
  async untilShared(files: number): Promise<void> {
    await this.untilStatus(`${files} files shared`, (status) => status.files === files);
  }

  /** `shoal WORDS` for this peer, run in this process: over the peer's socket like any other, without the start of a program. Its lines. */
  async shoal(...words: readonly string[]): Promise<readonly Line[]> {
    const { status, lines, err } = await runCommand([...words, '--json', '--data', this.data]);
    if (status !== 0) throw new Error(`shoal ${words.join(' ')} ended with ${status}: ${err}`);
    return lines() as Line[];
  }
}
