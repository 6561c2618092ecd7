import type { PassiveType } from '../../contract/media.ts';
import { endingOf } from '../content/file-type.ts';

const FILMS_AND_SOUNDS =
  '3g2 3gp aac aif aiff avi flac m2ts m4a m4b m4v mkv mov mp3 mp4 mpeg mpg mts oga ogg ogv opus ts wav webm';
const ENDINGS: Readonly<Record<string, string>> = {
  audio: FILMS_AND_SOUNDS,
  video: FILMS_AND_SOUNDS,
  image: 'apng avif gif jpe jpeg jpg png webp',
  text: 'log markdown md nfo srt text txt vtt',
};

/**
 * Whether the system, asked to open the file, would take it for what its bytes say. Systems go by the name: a script is text, and a
 * program can begin like a song.
 */
export function isSafeToOpen(name: string, type: PassiveType): boolean {
  const [kind = ''] = type.split('/');
  return (ENDINGS[kind] ?? '').split(' ').includes(endingOf(name));
}
