import { type IAudioMetadata, type ITrackInfo, parseBlob, TrackType } from 'music-metadata';
import type { FileType } from '../../contract/descriptor.ts';
import type { CappedBlob } from './capped-blob.ts';
import type { RawFields } from './clean-fields.ts';

export type Media = { readonly fields: RawFields; readonly type: FileType | undefined };

/** Tags and technical data of sound and film. `type` tells them apart where the container does not (MP4, Matroska, Ogg, ASF). */
export async function readMedia(blob: CappedBlob): Promise<Media> {
  const metadata = await parseBlob(blob, { skipCovers: true, mkvUseIndex: true });
  return { fields: toFields(metadata, blob.size), type: typeOf(metadata) };
}

function typeOf({ format }: IAudioMetadata): FileType | undefined {
  if (format.hasVideo) return 'video';
  return format.hasAudio ? 'audio' : undefined;
}

function toFields({ format, common }: IAudioMetadata, sizeBytes: number): RawFields {
  const video = format.trackInfo.find((track) => track.type === TrackType.video);
  const duration = format.duration ?? video?.duration;
  return {
    title: common.title,
    artist: common.artist ?? common.albumartist,
    album: common.album,
    track: common.track.no,
    genre: common.genre?.[0],
    year: common.year,
    language: common.language,
    durationSeconds: duration === undefined ? undefined : Math.round(duration * 100) / 100,
    bitrateKbps: toKbps(video ? undefined : format.bitrate, duration, sizeBytes),
    width: video?.video?.pixelWidth ?? video?.video?.displayWidth,
    height: video?.video?.pixelHeight ?? video?.video?.displayHeight,
    codec: video ? codecOf(video) : (format.codec ?? format.container),
  };
}

/** MP4 tracks of a kind that the parser has no name for are called by their code, as `<avc1>`. */
const codecOf = ({ codecName, codecId }: ITrackInfo) => (codecName ?? codecId)?.replace(/^<(.*)>$/, '$1');

/** The sound's own rate; for films, whose parts do not tell it alike, that of the whole file. */
function toKbps(
  bitsPerSecond: number | undefined,
  duration: number | undefined,
  sizeBytes: number,
): number | undefined {
  if (bitsPerSecond !== undefined) return Math.round(bitsPerSecond / 1000);
  return duration !== undefined && duration > 0 ? Math.round((sizeBytes * 8) / duration / 1000) : undefined;
}
