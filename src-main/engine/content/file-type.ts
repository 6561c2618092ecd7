import type { FileType } from '../../contract/descriptor.ts';

/** Endings by type. What people share under these names; a file's first bytes, where readable, say more (platform/descriptors). */
const ENDINGS: Readonly<Record<Exclude<FileType, 'other'>, string>> = {
  audio:
    'aac ac3 aif aiff alac amr ape caf dff dsf dts f4a flac it m4a m4b m4p mid midi mka mod mp1 mp2 mp3 mpc oga ogg opus qcp ra s3m spx tta voc wav wma wv xm',
  video:
    '3g2 3gp asf avi divx f4p f4v flv m2ts m2v m4v mj2 mkv mov mp4 mpeg mpg mts mxf ogm ogv rm rmvb ts vob webm wmv',
  image:
    'apng arw avif bmp bpg cr2 cr3 cur dng eps flif gif heic heif icns ico j2c jls jp2 jpe jpeg jpg jpm jpx jxl jxr ktx nef orf png psd raf rw2 svg tga tif tiff webp xcf',
  document:
    'azw3 cbr cbz chm csv djvu doc docm docx dotx epub fb2 htm html key log markdown md mobi numbers odg odp ods odt ott pages pdf potx pps ppsx ppt pptm pptx ps rst rtf tex tsv txt vsdx xhtml xls xlsm xlsx xltx xml',
  software:
    'apk app appimage asar bat bin class cmd com crx deb dll dmg elf exe flatpak flatpakref ipa jar macho msi msix msu nes pkg rpm run sh snap so swf vsix wasm xpi',
  archive: '7z ace ar arj br bz2 cab cpio gz img iso lha lz lz4 lzh lzma nrg rar tar tbz2 tgz txz xz z zip zipx zst',
};

const TYPE_OF_ENDING: ReadonlyMap<string, FileType> = new Map(
  Object.entries(ENDINGS).flatMap(([type, endings]) => endings.split(' ').map((ending) => [ending, type as FileType])),
);

/** The part of a file name after its last dot, in lower case; empty when there is none. */
export function endingOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : '';
}

/** The type that an ending, without its dot, stands for. */
export const typeOfEnding = (ending: string): FileType => TYPE_OF_ENDING.get(ending) ?? 'other';
