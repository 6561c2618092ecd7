import type { DownloadId } from '../../src-main/contract/ids.ts';
import type { Media, MediaRange, MediaRequest } from '../../src-main/contract/media.ts';
import { MediaShelf } from '../../src-main/engine/media/media-shelf.ts';
import { MemoryDescriptorReader } from '../../src-main/simulator/memory-descriptor-reader.ts';
import { DownloadWorld, toFile } from './download-world.ts';
import type { ScriptedFile } from './scripted-source.ts';
import { seededBytes } from './sha256.ts';

/** A WAV of noise: a type that its first bytes alone decide. */
export function makeNoise(size: number, seed = 7): ScriptedFile {
  const bytes = seededBytes(size, seed);
  bytes.set(new TextEncoder().encode('RIFF\u0001\u0001\u0001\u0001WAVEfmt '));
  return toFile(bytes);
}

export const download = (id: DownloadId): MediaRequest => ({ kind: 'download', id });

/** A reading under way: what came of it, and how it ended. */
export type Reading = {
  readonly pieces: Uint8Array[];
  ended: 'whole' | unknown | undefined;
  stop(reason: unknown): void;
};

/** Reads a range until its end or failure, as fast as it comes. */
export function startReading(media: Media, range: MediaRange): Reading {
  const abort = new AbortController();
  const reading: Reading = { pieces: [], ended: undefined, stop: (reason) => abort.abort(reason) };
  const read = async () => {
    for await (const piece of media.read(range, abort.signal)) reading.pieces.push(piece);
  };
  void read().then(
    () => {
      reading.ended = 'whole';
    },
    (error: unknown) => {
      reading.ended = error;
    },
  );
  return reading;
}

export const bytesOf = ({ pieces }: Reading): Uint8Array => Buffer.concat(pieces);

/** Downloads of the virtual network, and the shelf on which they are looked at. */
export class MediaWorld {
  readonly world: DownloadWorld;
  readonly shelf: MediaShelf;

  private constructor(world: DownloadWorld) {
    this.world = world;
    this.shelf = new MediaShelf({
      clock: world.clock,
      reader: new MemoryDescriptorReader(world),
      // Downloads are others after a kill.
      downloads: { preview: (id) => world.downloads.preview(id) },
      library: { open: async () => ({ kind: 'unknown' }) },
    });
  }

  static async start(seed = 1): Promise<MediaWorld> {
    return new MediaWorld(await DownloadWorld.start(seed));
  }

  /** Virtual time goes on until the promise is settled. */
  async settle<T>(promise: Promise<T>, maxMs = 60_000): Promise<T> {
    let isSettled = false;
    const settled = () => {
      isSettled = true;
    };
    promise.then(settled, settled);
    await this.world.clock.runUntil(() => isSettled, maxMs);
    return promise;
  }

  open(id: DownloadId): Promise<Media> {
    return this.settle(this.shelf.open(download(id)));
  }

  /** Virtual ms until the reading has so many bytes. */
  untilRead(reading: Reading, bytes: number, maxMs = 60_000): Promise<number> {
    return this.world.clock.runUntil(() => bytesOf(reading).length >= bytes, maxMs);
  }

  untilEnded(reading: Reading, maxMs = 60_000): Promise<number> {
    return this.world.clock.runUntil(() => reading.ended !== undefined, maxMs);
  }
}
