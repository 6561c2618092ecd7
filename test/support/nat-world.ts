import { readFile, rm } from 'node:fs/promises';
import type { ContentHash } from '../../src-main/contract/ids.ts';
import type { DownloadView } from '../../src-main/contract/transfer.ts';
import { makeFile } from './download-world.ts';
import { LivePeer, until } from './live-peer.ts';
import { type Cell, type CellResult, isOpen, type Nat } from './nat-kinds.ts';
import { startRouter } from './peer-process.ts';
import { ROUTER_INSIDE, TestInternet } from './test-internet.ts';
import type { Line } from './test-line.ts';

const PORT = 1214;
const SETTINGS = {
  'overlay.alone-after': 300,
  'overlay.look-min': 500,
  'overlay.look-max': 2000,
  'overlay.dials-per-address': 100,
  'overlay.dials-per-block': 100,
  'overlay.dial-timeout': 2000,
  'search.source-queries': 1000,
  // Whoever has fetched a file would be a source for the next.
  'downloads.share': 'false',
  // What is measured is the line.
  'relay.rate': 2 ** 27,
  'relay.rate-pair': 2 ** 27,
};
const WORDS = Object.entries(SETTINGS).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
type Shared = { readonly hash: ContentHash; readonly bytes: Uint8Array; readonly name: string };
type Member = { readonly peer: LivePeer; readonly end: string };

/** Two supernodes on lines without limits, and a source and an asker of each kind of NAT that is wanted. */
export class NatWorld {
  readonly #internet = new TestInternet();
  readonly #sources = new Map<Nat, Member & { readonly file: Shared }>();
  readonly #askers = new Map<Nat, Member>();
  readonly #supernodes: LivePeer[] = [];
  #networks = 0;

  static async make(plan: {
    readonly sources: readonly Nat[];
    readonly askers: readonly Nat[];
    readonly fileBytes: number;
  }): Promise<NatWorld> {
    const world = new NatWorld();
    for (let count = 0; count < 2; count++) await world.#addSupernode();
    const [one, two] = world.#supernodes;
    const sources = plan.sources.map(async (nat, at) => {
      const { hash, bytes } = makeFile(plan.fileBytes, at + 1);
      const file = { hash, bytes, name: `behind ${at}.bin` };
      const member = await world.#add(nat, { [file.name]: bytes }, one);
      await member.peer.untilShared(1);
      world.#sources.set(nat, { ...member, file });
    });
    const askers = plan.askers.map(async (nat) => world.#askers.set(nat, await world.#add(nat, {}, two)));
    await Promise.all([...sources, ...askers]);
    return world;
  }

  /** All peers but the supernodes have such lines from now on. */
  setLines(line: Line): void {
    for (const { end } of [...this.#sources.values(), ...this.#askers.values()]) this.#internet.setLine(end, line);
  }

  /** Fetches the file of one by another, over lines as they are set; `patienceMs` at most. */
  async play(cell: Cell, { rateBps }: Line, patienceMs: number): Promise<CellResult> {
    const source = this.#sources.get(cell.source);
    const asker = this.#askers.get(cell.asker)?.peer;
    if (!source || !asker) throw new Error(`nobody is there: ${cell.source}, ${cell.asker}`);
    const { hash, bytes, name } = source.file;
    const startMs = performance.now();
    await asker.client.command('download.add', { hash, size: bytes.length, name });
    let first: { readonly atMs: number; readonly done: number } | undefined;
    let last: DownloadView | undefined;
    const ended = await until(
      name,
      async () => {
        last = await asker.download();
        if (last.done > 0) first ??= { atMs: performance.now(), done: last.done };
        return last.state === 'done' || last.state === 'failed';
      },
      patienceMs,
    ).catch(() => false);
    const endMs = performance.now();
    const isDone = ended && last?.state === 'done';
    const [from] = last?.sources ?? [];
    const isRight = isDone && Buffer.compare(await readFile(last?.path ?? ''), bytes) === 0;
    if (last && !isDone) await asker.client.command('download.cancel', { id: last.id });
    if (last && isDone) await rm(last.path);
    await asker.client.command('download.clear', {});
    const sentBps = first && isDone ? ((bytes.length - first.done) * 1000) / (endMs - first.atMs) : null;
    return {
      ...{ ...cell, way: from?.way ?? null, ways: from?.ways ?? [], isRight },
      firstSeconds: first ? seconds(first.atMs - startMs) : null,
      seconds: isDone ? seconds(endMs - startMs) : null,
      share: sentBps !== null && rateBps !== undefined ? Number((sentBps / rateBps).toFixed(2)) : null,
    };
  }

  async #addSupernode(): Promise<void> {
    const address = this.#nextAddress();
    const known = this.#supernodes.flatMap(({ listen }) => ['--bootstrap', listen]);
    const place = [...WORDS, '--listen', `${address}:${PORT}`, '--supernode', 'always', ...known];
    const peer = await (await LivePeer.make()).startIn(this.#internet.host(address), ...place);
    this.#supernodes.push(peer);
    const isLinked = async () => (await peer.query('supernodes', {})).some(({ state }) => state === 'neighbour');
    if (known.length > 0) await until('a link', isLinked);
  }

  /** A leaf that knows what can reach it, and that its parent knows, too. */
  async #add(nat: Nat, files: Readonly<Record<string, Uint8Array>>, known?: LivePeer): Promise<Member> {
    const { namespace, address, end } = this.#place(nat);
    if (nat === 'mapped') await startRouter(end, 'pcp', ROUTER_INSIDE, address.outside).event('ready');
    const listen = ['--listen', `${address.own}:${PORT}`, '--supernode', 'never', '--bootstrap', `${known?.listen}`];
    const peer = await (await LivePeer.make(files)).startIn(namespace, ...WORDS, ...listen);
    const wanted = isOpen(nat) ? 'reachable' : 'unreachable';
    await until(`a peer that is ${wanted}`, async () => {
      const { reachability } = await peer.query('network', {});
      return reachability.state === wanted;
    });
    return { peer, end };
  }

  /** `end`: the namespace whose line it is. */
  #place(nat: Nat) {
    const outside = this.#nextAddress();
    if (nat === 'open') {
      const namespace = this.#internet.host(outside);
      return { namespace, end: namespace, address: { own: outside, outside } };
    }
    const router = { random: nat === 'any port', silent: nat !== 'keeps and answers' };
    const [machine] = this.#internet.home(outside, 1, router);
    if (!machine) throw new Error('no home');
    return { ...machine, end: machine.router, address: { own: machine.address, outside } };
  }

  #nextAddress(): string {
    return `20.${++this.#networks}.0.1`;
  }
}

const seconds = (ms: number): number => Number((ms / 1000).toFixed(2));
