import { unzipSync } from 'fflate';
import { fileTypeFromBuffer } from 'file-type';
import { imageSize } from 'image-size';
import { parseBuffer } from 'music-metadata';
import { expect, test } from 'vitest';
import { makeArchive, makeNotes, makePicture, makeSound } from '../../../src-main/demo/sample-files.ts';

test('the picture is a PNG of its size', async () => {
  const picture = makePicture(32, 20);
  expect(await fileTypeFromBuffer(picture)).toMatchObject({ mime: 'image/png' });
  expect(imageSize(picture)).toMatchObject({ width: 32, height: 20, type: 'png' });
});

test('the sound is a WAV with its length and tags', async () => {
  const tags = { title: 'Reef bell', artist: 'The Silversides', album: 'Low Tide' };
  const { common, format } = await parseBuffer(makeSound(1.5, tags));
  expect(common).toMatchObject(tags);
  expect(format).toMatchObject({ container: 'WAVE', sampleRate: 44_100, numberOfChannels: 2 });
  expect(format.duration).toBeCloseTo(1.5);
});

test('the archive holds what it says', () => {
  const files = unzipSync(makeArchive());
  expect(Object.keys(files)).toEqual(['reef/notes.txt', 'reef/picture.png', 'reef/readme.txt']);
  expect(files['reef/notes.txt']).toEqual(makeNotes());
});
