import type { CappedBlob } from './capped-blob.ts';
import type { RawFields } from './clean-fields.ts';

/** `RIFF`, length, `AVI `, `LIST`, length, `hdrl`, then the main header `avih` with its length: Microsoft's AVI RIFF file reference. */
const MAIN_HEADER = 24;
const MAIN_FIELDS = MAIN_HEADER + 8;
/** Behind the 56 bytes of the main header: `LIST`, length, `strl`, `strh`, length, then kind and codec of the first stream. */
const STREAM_FIELDS = MAIN_FIELDS + 56 + 20;
const HEAD_BYTES = STREAM_FIELDS + 8;

/** Size, length and codec of an AVI film, which music-metadata does not read. */
export function readAvi(blob: CappedBlob): RawFields {
  const head = Buffer.from(blob.slice(0, HEAD_BYTES).readNow());
  if (head.length < HEAD_BYTES || head.toString('latin1', MAIN_HEADER, MAIN_FIELDS - 4) !== 'avih') return {};
  const frameMicroseconds = head.readUInt32LE(MAIN_FIELDS);
  const frames = head.readUInt32LE(MAIN_FIELDS + 16);
  const isVideo = head.toString('latin1', STREAM_FIELDS, STREAM_FIELDS + 4) === 'vids';
  const durationSeconds = Math.round(frames * frameMicroseconds * 1e-4) / 100;
  return {
    width: head.readUInt32LE(MAIN_FIELDS + 32),
    height: head.readUInt32LE(MAIN_FIELDS + 36),
    durationSeconds,
    bitrateKbps: durationSeconds > 0 ? Math.round((blob.size * 8) / durationSeconds / 1000) : undefined,
    codec: isVideo ? head.toString('latin1', STREAM_FIELDS + 4) : undefined,
  };
}
