import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Events } from '../../src-main/contract/api.ts';
import type { NetworkView } from '../../src-main/contract/network.ts';
import { ControlClient } from '../../src-main/headless/control-client.ts';
import { Program } from '../bench/programs.ts';
import { CLI } from '../bench/shoal-peers.ts';

/** Where it lives and what it starts with; it keeps its port over restarts, as a peer at home does. */
export type MortalPeerOptions = {
  readonly folder: string;
  readonly port: number;
  readonly words: readonly string[];
  /** Besides what this process has. */
  readonly environment?: Readonly<Record<string, string>>;
};
type Life = { readonly program: Program; readonly client: ControlClient; readonly sinceMs: number };

/** A real peer that is killed and started again, with one file of its own. */
export class MortalPeer {
  /** The word by which its file is found, and nothing else. */
  readonly word: string;
  readonly onHit = new Set<(hit: Events['search.hit']) => void>();
  readonly onEnd = new Set<(end: Events['search.end']) => void>();
  readonly #options: MortalPeerOptions;
  #life: Life | undefined;
  #node = '';
  /** How often it became a supernode, over all its lives. */
  #rises = 0;

  private constructor(word: string, options: MortalPeerOptions) {
    this.word = word;
    this.#options = options;
  }

  /** Its folders and its file. */
  static async make(word: string, options: MortalPeerOptions): Promise<MortalPeer> {
    const peer = new MortalPeer(word, options);
    await mkdir(peer.shared, { recursive: true });
    await writeFile(join(peer.shared, `reef ${word}.txt`), `what ${word} saw\n`.repeat(20));
    return peer;
  }

  get node(): string {
    return this.#node;
  }

  get address(): string {
    return `127.0.0.1:${this.#options.port}`;
  }

  get data(): string {
    return join(this.#options.folder, 'data');
  }

  get shared(): string {
    return join(this.#options.folder, 'shared');
  }

  /** Changes with each start; undefined while it does not run. */
  get life(): unknown {
    return this.#life;
  }

  get isRunning(): boolean {
    return this.#life !== undefined;
  }

  get isSupernode(): boolean {
    return this.#roles().at(-1) === 'supernode';
  }

  get rises(): number {
    return this.#rises + this.#roles().filter((role) => role === 'supernode').length;
  }

  /** How long it has been ready, ms. */
  get upMs(): number {
    return performance.now() - (this.#life?.sinceMs ?? Number.NaN);
  }

  /** Waits until it listens, and no longer. */
  async start(): Promise<void> {
    const { folder, words, environment } = this.#options;
    const where = ['--data', this.data, '--listen', this.address, '--downloads', join(folder, 'downloads')];
    const program = new Program(process.execPath, [CLI, 'peer', '--json', '--no-lan', ...where, ...words], environment);
    this.#node = JSON.parse(await program.line('"ready"')).node;
    const sinceMs = performance.now();
    const client = await ControlClient.connect(this.data);
    client.on('search.hit', (hit) => this.onHit.forEach((listener) => void listener(hit)));
    client.on('search.end', (end) => this.onEnd.forEach((listener) => void listener(end)));
    this.#life = { program, client, sinceMs };
  }

  /** Waits until it has a parent or is a supernode; at once when it does not run. */
  async joined(): Promise<void> {
    await this.#life?.program.line('"role"');
  }

  /** Ends it without a word to anybody; the system closes its connections. */
  kill(): Promise<void> {
    return this.#stop('SIGKILL');
  }

  stop(): Promise<void> {
    return this.#stop('SIGTERM');
  }

  get client(): ControlClient {
    return this.#running.client;
  }

  /** The process of this life. */
  get program(): Program {
    return this.#running.program;
  }

  get #running(): Life {
    if (!this.#life) throw new Error(`${this.word} does not run`);
    return this.#life;
  }

  network(): Promise<NetworkView> {
    return this.client.query('network', {});
  }

  /** `shoal WORDS` for this peer. */
  async shoal(...words: readonly string[]): Promise<void> {
    const program = new Program(process.execPath, [CLI, ...words, '--data', this.data]);
    const status = await program.ended;
    if (status !== 0) throw new Error(`shoal ${words.join(' ')} ended with ${status}`);
  }

  /** It shares its folder from now on. */
  share(): Promise<void> {
    return this.shoal('share', 'add', this.shared);
  }

  async #stop(signal: NodeJS.Signals): Promise<void> {
    const life = this.#life;
    if (!life) return;
    this.#rises = this.rises;
    this.#life = undefined;
    await life.program.stop(signal);
    await life.client.close();
  }

  #roles(): readonly string[] {
    const lines = this.#life?.program.lines ?? [];
    return lines.filter((line) => line.includes('"role"')).map((line) => JSON.parse(line).role);
  }
}
