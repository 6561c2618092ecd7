import type { Sign } from '../../../contract/pollution.ts';
import { endingOf, typeOfEnding } from '../../content/file-type.ts';
import { type Evidence, sign } from './evidence.ts';

const IMPOSSIBLE = 0.85;
/** Programs and archives so small are droppers more often than not, if the name is what was asked for (Shareaza's figures). */
const SMALL_PROGRAM = 0.4;
const MIN_PROGRAM_BYTES = 128 * 1024;
const BITS = 1000 / 8;
/** A file may be larger than its stream by pictures and tags. */
const RATE_SLACK = 2.5;
/** A variable rate is told by its maximum or, in Ogg, by what is usual: quiet or plain sound takes a small part of that (3.5 was seen of music, 80 for 23 kbit/s). */
const QUIET_SLACK = 8;
const TAG_BYTES = 16 * 2 ** 20;
/** Bytes a second: from speech at 4 kbit/s to 8 channels of 192 kHz in 32 bits; from a slide show to raw 4K at 60 frames. */
const AUDIO_BPS = { min: 400, max: 7e6 } as const;
const VIDEO_BPS = { min: 1500, max: 2e9 } as const;
/** Bytes a picture element: from flat drawings to 16 bits in 4 channels with layers. */
const PICTURE = { min: 1 / 2000, max: 64 } as const;

/** Signs that the size tells. What the descriptor says of the inside counts where several agree on it: one who lies of a good file cannot hide it. */
export function* sizeSigns({ size, names, told, terms }: Evidence): Iterable<Sign> {
  const [best] = names;
  if (!best) return;
  if (told.isAgreed) yield* insideSigns(size, told);
  if (terms.length > 0 && size < MIN_PROGRAM_BYTES && typeOfEnding(endingOf(best.name)) === 'software')
    yield sign('size-impossible', SMALL_PROGRAM, { what: 'program' });
}

function* insideSigns(size: number, { type, extracted }: Evidence['told']): Iterable<Sign> {
  const { durationSeconds = 0, bitrateKbps = 0, width = 0, height = 0 } = extracted;
  const byRate = durationSeconds * bitrateKbps * BITS;
  if (byRate > 0 && (size * QUIET_SLACK < byRate || size > byRate * RATE_SLACK + TAG_BYTES))
    yield sign('size-impossible', IMPOSSIBLE, { what: 'bitrate' });
  else if (durationSeconds > 0 && isOutside(size - TAG_BYTES, size, durationSeconds, type))
    yield sign('size-impossible', IMPOSSIBLE, { what: 'length' });
  const elements = width * height;
  if (type === 'image' && elements > 0 && (size < elements * PICTURE.min || size > elements * PICTURE.max + TAG_BYTES))
    yield sign('size-impossible', IMPOSSIBLE, { what: 'picture' });
}

function isOutside(least: number, most: number, seconds: number, type: string): boolean {
  const range = type === 'audio' ? AUDIO_BPS : type === 'video' ? VIDEO_BPS : undefined;
  return range !== undefined && (most < range.min * seconds || least > range.max * seconds);
}
