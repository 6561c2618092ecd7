import { spawnSync } from 'node:child_process';
import { open, readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContentHash } from '../../src-main/contract/ids.ts';
import { SeededRandom } from '../../src-main/simulator/seeded-random.ts';
import { makeFile } from './download-world.ts';
import { LivePeer } from './live-peer.ts';
import { canMountDisks, SmallDisk } from './small-disk.ts';
import { TestInternet } from './test-internet.ts';

const PORT = 1214;
const MIB = 2 ** 20;
/** Failures last seconds here, not minutes; how often things are tried is set down with them. */
const QUICK: Readonly<Record<string, string | number>> = {
  'overlay.alone-after': 300,
  'overlay.look-min': 500,
  'overlay.look-max': 2000,
  'overlay.dial-retry-min': 500,
  'overlay.dial-retry-max': 2000,
  'overlay.dials-per-address': 100,
  'overlay.dials-per-block': 100,
  'overlay.ping-silence': 2000,
  'overlay.ping-timeout': 2000,
  'overlay.request-timeout': 4000,
  'overlay.dial-timeout': 3000,
  'election.processor': 100,
  'download.stall': 3000,
  'download.retry-min': 500,
  'download.retry-max': 3000,
  'download.search-min': 2000,
  'download.search-max': 4000,
  'download.disk-retry': 1000,
  'download.running': 10,
  'search.source-queries': 1000,
  'trust.ban': 5000,
};
const WORDS = Object.entries(QUICK).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
/** So slow that things happen while files travel. */
const RATE = ['--set', `upload.rate=${2 * MIB}`];
/** As large as what one of them wants, and little more. */
const DISK_MIB = 96;

/** One file of the play: its bytes, and who has them as they were. */
export type ChaosFile = {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly hash: ContentHash;
  readonly honest: Set<Machine>;
  readonly wanted: Set<Machine>;
};

/** A peer on a machine of its own, to which everything may happen. */
export class Machine {
  readonly peer: LivePeer;
  readonly namespace: string;
  readonly isSupernode: boolean;
  readonly disk: SmallDisk | undefined;
  isRunning = false;
  #network: number;
  #moves = 0;
  #isLinked = true;

  constructor(peer: LivePeer, { namespace, network, isSupernode, disk }: Omit<Place, 'peer'>) {
    this.peer = peer;
    this.namespace = namespace;
    this.isSupernode = isSupernode;
    this.disk = disk;
    this.#network = network;
  }

  get host(): string {
    return `20.${this.#network}.0.${1 + this.#moves}`;
  }

  async start(known: readonly Machine[]): Promise<void> {
    const others = known.filter((one) => one !== this).flatMap(({ host }) => ['--bootstrap', `${host}:${PORT}`]);
    const role = ['--supernode', this.isSupernode ? 'always' : 'never'];
    await this.peer.startIn(this.namespace, ...WORDS, ...RATE, ...role, '--listen', `${this.host}:${PORT}`, ...others);
    this.isRunning = true;
  }

  async kill(): Promise<void> {
    this.isRunning = false;
    await this.peer.kill();
  }

  /** From the next start on it is somewhere else. */
  move(): void {
    this.#moves = (this.#moves + 1) % 100;
    ip('-n', this.namespace, 'address', 'replace', `${this.host}/32`, 'dev', 'net');
    this.#setRoute();
  }

  setLink(isUp: boolean): void {
    ip('-n', this.namespace, 'link', 'set', 'net', isUp ? 'up' : 'down');
    this.#isLinked = isUp;
    this.#setRoute();
  }

  /** There is none while the link is down. */
  #setRoute(): void {
    if (!this.#isLinked) return;
    ip('-n', this.namespace, 'route', 'replace', 'default', 'dev', 'net', 'src', this.host);
  }

  /** Other bytes stand in a file that it shares, under the time stamp of before. */
  async corrupt(file: ChaosFile): Promise<void> {
    const path = join(this.peer.shared, file.name);
    const handle = await open(path, 'r+');
    try {
      const { atime, mtime } = await handle.stat();
      await handle.write(Buffer.from([(file.bytes[99] ?? 0) ^ 255]), 0, 1, 99);
      await utimes(path, atime, mtime);
    } finally {
      await handle.close();
    }
    file.honest.delete(this);
  }
}

type Place = {
  readonly peer: LivePeer;
  readonly namespace: string;
  readonly network: number;
  readonly isSupernode: boolean;
  readonly disk: SmallDisk | undefined;
};

export type ChaosPlan = { readonly peers: number; readonly files: number; readonly seed: number };

/** Peers on machines of their own, each file shared by two of them and wanted by two others. */
export class ChaosNetwork {
  readonly machines: Machine[] = [];
  readonly files: ChaosFile[] = [];
  readonly random: SeededRandom;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
  }

  static async make({ peers, files, seed }: ChaosPlan): Promise<ChaosNetwork> {
    const network = new ChaosNetwork(seed);
    const internet = new TestInternet();
    const shared = Array.from({ length: peers }, (): Record<string, Uint8Array> => ({}));
    const holders: number[][] = [];
    for (let at = 0; at < files; at++) {
      const { bytes, hash } = makeFile(MIB + network.random.int(3 * MIB), seed * 1000 + at);
      const [a = 0, b = 0, c = 0, d = 0] = network.#some(peers, 4);
      holders.push([a, b, c, d]);
      for (const holder of [a, b]) (shared[holder] ?? {})[`file ${at}.bin`] = bytes;
      network.files.push({ name: `file ${at}.bin`, bytes, hash, honest: new Set(), wanted: new Set() });
    }
    for (const [at, own] of shared.entries()) {
      const peer = await LivePeer.make(own);
      const namespace = internet.host(`20.${at + 1}.0.1`);
      const disk = at % 3 === 2 && canMountDisks() ? new SmallDisk(peer.downloads, DISK_MIB) : undefined;
      network.machines.push(new Machine(peer, { namespace, network: at + 1, isSupernode: at < 2, disk }));
    }
    for (const [at, [a = 0, b = 0, c = 0, d = 0]] of holders.entries()) {
      for (const holder of [a, b]) network.files[at]?.honest.add(network.#machine(holder));
      for (const fetcher of [c, d]) network.files[at]?.wanted.add(network.#machine(fetcher));
    }
    for (const file of network.files) for (const machine of file.wanted) network.#unasked.push([machine, file]);
    return network;
  }

  get supernodes(): readonly Machine[] {
    return this.machines.filter(({ isSupernode }) => isSupernode);
  }

  async startAll(): Promise<void> {
    for (const machine of this.machines) await machine.start(this.supernodes);
    const count = (machine: Machine) => this.files.filter(({ honest }) => honest.has(machine)).length;
    for (const machine of this.machines) await machine.peer.untilShared(count(machine));
  }

  /** Who wants what and has not asked for it yet. */
  readonly #unasked: (readonly [Machine, ChaosFile])[] = [];

  /** Up to `count` of those that run ask for something that they want, by hash and size alone: who has it is found by the network. */
  async want(count: number): Promise<void> {
    for (const pair of this.#unasked.filter(([machine]) => machine.isRunning).slice(0, count)) {
      const [{ peer }, { hash, bytes, name }] = pair;
      this.#unasked.splice(this.#unasked.indexOf(pair), 1);
      await peer.client.command('download.add', { hash, size: bytes.length, name });
    }
  }

  oneOf<T>(values: readonly T[]): T | undefined {
    return values[this.random.int(Math.max(1, values.length))];
  }

  #machine(at: number): Machine {
    const machine = this.machines[at];
    if (!machine) throw new Error(`no machine ${at}`);
    return machine;
  }

  /** `count` different numbers below `below`. */
  #some(below: number, count: number): number[] {
    const all = Array.from({ length: below }, (_, at) => at);
    return Array.from({ length: count }, () => all.splice(this.random.int(all.length), 1)[0] ?? 0);
  }
}

/** Whether a finished file is what it is to be; undefined while it is not there. */
export async function isRight(machine: Machine, { name, bytes }: ChaosFile): Promise<boolean | undefined> {
  const found = await readFile(join(machine.peer.downloads, name)).catch(() => undefined);
  return found && Buffer.compare(found, bytes) === 0;
}

function ip(...words: readonly string[]): void {
  const { status, stderr } = spawnSync('ip', words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${words.join(' ')}: ${stderr}`);
}
