import { mkdirSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ControlClient } from '../../../src-main/headless/control-client.ts';
import { makeBigFile, warmPageCache } from '../bench-folder.ts';
import { startSharer, type Wanted, wantedFile } from '../shoal-peers.ts';
import type { Rates } from './load-protocol.ts';
import type { MeasuredSupernode, Tasks } from './measured-supernode.ts';
import type { PlayedLoad } from './played-load.ts';

const BYTES = 2 ** 30;
const SOURCES = 2;
const FILES = 100_000;
const FILES_EACH_FOLDER = 1000;
const MEGABYTE = 1e6;

/** The other work of a supernode that is somebody's peer too: it downloads a large file, and shares a folder that it has to scan and hash. */
export class OtherWork {
  readonly #client: ControlClient;
  readonly #wanted: Wanted;
  readonly #folder: string;
  #isShared = false;

  private constructor(client: ControlClient, wanted: Wanted, folder: string) {
    this.#client = client;
    this.#wanted = wanted;
    this.#folder = folder;
  }

  static async prepare(supernode: MeasuredSupernode, folder: string): Promise<OtherWork> {
    writeManyFiles(join(folder, 'many'));
    const file = makeBigFile(join(folder, 'big'), 'big.bin', BYTES);
    const numbers = Array.from({ length: SOURCES }, (_, at) => at);
    const peers = numbers.map((number) => startSharer(join(folder, `source${number}`), join(folder, 'big')));
    const wanted = await wantedFile(file, BYTES, await Promise.all(peers));
    return new OtherWork(await ControlClient.connect(supernode.peer.data), wanted, folder);
  }

  /** Megabytes a second of one download with nothing else to do. */
  async downloadAlone(): Promise<number> {
    this.#warmUp();
    const startMs = performance.now();
    await this.#download(new AbortController().signal);
    return BYTES / MEGABYTE / ((performance.now() - startMs) / 1000);
  }

  /** Queries, one download after the other, and the scan, for the time of the queries. */
  async all(supernode: MeasuredSupernode, load: PlayedLoad, rates: Rates): Promise<Record<string, number>> {
    await this.#unshare();
    this.#warmUp();
    const { cost, result } = await supernode.during(async () => {
      // Within, so that what is measured with is not measured itself.
      await supernode.tasks();
      await this.#share();
      const over = new AbortController();
      const downloading = this.#downloadUntil(over.signal);
      const figures = await load.run(rates);
      over.abort();
      const MBps = (await downloading) / MEGABYTE / rates.seconds;
      return { ...figures, MBps, ...toFigures(await supernode.tasks()) };
    });
    const [{ files: scannedFiles = 0 } = {}] = await this.#client.query('shares', {});
    return { ...cost, ...result, scannedFiles };
  }

  async stop(): Promise<void> {
    await this.#client.close();
    await Promise.all(this.#wanted.sources.map(({ program }) => program.stop()));
  }

  /** Bytes verified until the signal. */
  async #downloadUntil(signal: AbortSignal): Promise<number> {
    let bytes = 0;
    while (!signal.aborted) bytes += await this.#download(signal);
    return bytes;
  }

  /** Bytes verified until the end or the signal; nothing of it stays. */
  async #download(signal: AbortSignal): Promise<number> {
    const { hash, size, sources } = this.#wanted;
    const output = join(this.#folder, 'fetched.bin');
    const ended = Promise.withResolvers<void>();
    const stopListening = [
      this.#client.on('download.done', () => ended.resolve()),
      this.#client.on('download.failed', ({ code }) => ended.reject(new Error(`the download failed: ${code}`))),
    ];
    signal.addEventListener('abort', () => ended.resolve(), { once: true });
    try {
      const targets = sources.map(({ node, listen }) => ({ target: `shoal://${node}@${listen}` }));
      const { id } = await this.#client.command('download.add', { hash, size, output, sources: targets });
      await ended.promise;
      const download = (await this.#client.query('downloads', {})).find((one) => one.id === id);
      if (download?.state !== 'done') await this.#client.command('download.cancel', { id });
      await this.#client.command('download.clear', {});
      return download?.done ?? 0;
    } finally {
      for (const stop of stopListening) stop();
      await rm(output, { force: true });
    }
  }

  async #share(): Promise<void> {
    await this.#client.command('share.add', { path: join(this.#folder, 'many') });
    this.#isShared = true;
  }

  async #unshare(): Promise<void> {
    if (this.#isShared) await this.#client.command('share.remove', { path: join(this.#folder, 'many') });
    this.#isShared = false;
  }

  #warmUp(): void {
    warmPageCache(join(this.#folder, 'warm'), BYTES);
  }
}

const toFigures = ({ longestMs, long }: Tasks) => ({ longestTaskMs: longestMs, tasksOver10Ms: long });

/** Short texts, each another. */
function writeManyFiles(folder: string): void {
  for (let number = 0; number < FILES; number++) {
    const inside = join(folder, String(Math.floor(number / FILES_EACH_FOLDER)));
    if (number % FILES_EACH_FOLDER === 0) mkdirSync(inside, { recursive: true });
    writeFileSync(join(inside, `file ${number}.txt`), `${number} blue trains\n`.repeat(50));
  }
}
