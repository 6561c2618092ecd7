import { writeFile } from 'node:fs/promises';

/** What is written beside the bytes of a file, so that the system asks before it opens it or tells where it is from. */
export type OriginMark =
  | { readonly kind: 'attribute'; readonly name: string; readonly value: string }
  | { readonly kind: 'stream'; readonly name: string; readonly text: string };

/** Of an application that was downloaded by another one and not opened yet; Launch Services of macOS calls them so. */
const QUARANTINE_FLAGS = '0081';
/** URLZONE_INTERNET. */
const INTERNET_ZONE = 3;

/**
 * The mark of a system. Windows and macOS ask before they run what has one, which needs no URL. On others it only tells the URL
 * (freedesktop.org, Guidelines for extended attributes): without one there is nothing to mark.
 */
export function originMark(system: NodeJS.Platform, origin: string | undefined, nowMs: number): OriginMark | undefined {
  if (system === 'win32') {
    const host = origin === undefined ? '' : `HostUrl=${origin}\r\n`;
    return { kind: 'stream', name: 'Zone.Identifier', text: `[ZoneTransfer]\r\nZoneId=${INTERNET_ZONE}\r\n${host}` };
  }
  if (system === 'darwin') {
    const seconds = Math.floor(nowMs / 1000).toString(16);
    return { kind: 'attribute', name: 'com.apple.quarantine', value: `${QUARANTINE_FLAGS};${seconds};Shoal;` };
  }
  return origin === undefined ? undefined : { kind: 'attribute', name: 'user.xdg.origin.url', value: origin };
}

/** Marks a file as come from outside. A disk that keeps no marks, or a system without the binary for them, is no failure. */
export async function markOrigin(path: string, origin: string | undefined): Promise<void> {
  const mark = originMark(process.platform, origin, Date.now());
  if (!mark) return;
  try {
    if (mark.kind === 'stream') await writeFile(`${path}:${mark.name}`, mark.text);
    else await (await import('@napi-rs/xattr')).setAttribute(path, mark.name, mark.value);
  } catch {
    // FAT and network disks have none; the file is as good without.
  }
}
