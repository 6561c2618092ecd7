import { utf8Length } from './utf8.ts';

/** Room for " (1000)" and temporary endings, bytes. */
const ROOM_BYTES = 25;
/** Longest names that file systems take, UTF-8 bytes: common ones, eCryptfs, and what even short ones of encrypting network disks take. */
const MAX_BYTES = 255 - ROOM_BYTES;
const SHORTER_BYTES = [143 - ROOM_BYTES, 64 - ROOM_BYTES];
const MAX_EXTENSION = 20;
/** Names that Windows keeps for devices, whatever their ending, and that it reads by itself in any folder or disk. */
const RESERVED =
  /^(?:(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])\s*(?:\..*)?|desktop\.ini|autorun\.inf|thumbs\.db)$/i;
/** Endings of files that Windows acts on when their folder is merely looked at (they make it sign in at a stranger's server), or hides. */
const ACTED_ON = /\.(?:lnk|url|website|scf|theme|library-ms|searchconnector-ms|\{[^{}]*\})$/i;
/** What browsers add to such a name. */
const HARMLESS_ENDING = '.download';
/** They only choose among the shapes of a character: without them it can be read. */
const SHAPES = /\p{Variation_Selector}/gu;
/** Separators and what Windows forbids; control characters; characters that turn the reading direction or cannot be seen. */
const FORBIDDEN = /[/\\:*?"<>|\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u2028\u2029\u2800]/gu;

/**
 * A file name that is safe on every common system, made of a name from the network: one path segment, no tricks of direction,
 * no hidden file or ending, no device, nothing that a system acts on unasked. Never empty.
 */
export function safeName(name: string, fallback: string): string {
  const cleaned = withoutTail(
    name
      .replaceAll(SHAPES, '')
      .normalize('NFC')
      .replaceAll(FORBIDDEN, '_')
      .replaceAll(/\s{2,}/g, ' ')
      .replace(/^[.\s]+/, ''),
  );
  const kept = shorten(cleaned);
  return kept === '' || /^_+$/.test(kept) ? fallback : kept;
}

/** `name.ext` with a number before the ending: `name (2).ext`. */
export function numberedName(name: string, number: number): string {
  const { stem, extension } = split(name);
  return `${stem} (${number})${extension}`;
}

/** What to call a file where its name is too long, one after the other; the ending stays. */
export function shorterNames(name: string): readonly string[] {
  const bytes = utf8Length(name);
  return [MAX_BYTES, ...SHORTER_BYTES].filter((max) => max < bytes).map((max) => shorten(name, max));
}

function split(name: string): { stem: string; extension: string } {
  const at = name.lastIndexOf('.');
  const isExtension = at > 0 && name.length - at <= MAX_EXTENSION;
  return isExtension ? { stem: name.slice(0, at), extension: name.slice(at) } : { stem: name, extension: '' };
}

/** What is cut off may uncover another ending, or a name that is not harmless: until nothing changes any more. */
function shorten(name: string, maxBytes = MAX_BYTES): string {
  const kept = toHarmless(cut(name, maxBytes));
  return kept === name ? kept : shorten(kept, maxBytes);
}

function toHarmless(name: string): string {
  if (RESERVED.test(name)) return `_${name}`;
  return ACTED_ON.test(name) ? `${name}${HARMLESS_ENDING}` : name;
}

function cut(name: string, maxBytes: number): string {
  const { stem, extension } = split(name);
  const room = maxBytes - utf8Length(extension);
  let kept = '';
  let bytes = 0;
  for (const character of stem) {
    bytes += utf8Length(character);
    if (bytes > room) break;
    kept += character;
  }
  return `${withoutTail(kept)}${extension}`;
}

/** Without dots and blanks at the end. A regular expression would look for the end from each blank of a long name anew. */
function withoutTail(name: string): string {
  let end = name.length;
  while (end > 0 && /[.\s]/.test(name[end - 1] ?? '')) end--;
  return name.slice(0, end);
}
