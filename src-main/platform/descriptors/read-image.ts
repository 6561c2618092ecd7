import { imageSize } from 'image-size';
import type { CappedBlob } from './capped-blob.ts';
import type { RawFields } from './clean-fields.ts';
import { IMAGE_HEAD_BYTES } from './limits.ts';

/** EXIF orientations from this one on are turned by a quarter. */
const QUARTER_TURNED = 5;

/** Width and height as shown. */
export function readImage(blob: CappedBlob): RawFields {
  const { width, height, type, orientation = 1 } = imageSize(blob.slice(0, IMAGE_HEAD_BYTES).readNow());
  const [shownWidth, shownHeight] = orientation >= QUARTER_TURNED ? [height, width] : [width, height];
  return { width: shownWidth, height: shownHeight, codec: type };
}
