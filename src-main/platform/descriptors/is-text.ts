/** Control characters that no text has: all but backspace, tab, the line breaks, form feed and escape. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const NO_TEXT = /[\u0000-\u0007\u000e-\u001a\u001c-\u001f\u007f]/;
/** In text of the Latin alphabet fewer than one letter in three has an accent. */
const MAX_ACCENTED = 1 / 3;

/** Whether a file of this beginning is words, in whatever alphabet, and nothing else. */
export function isText(bytes: Uint8Array): boolean {
  const text = bytes.length === 0 ? undefined : (decode(bytes, utfOf(bytes)) ?? decodeLatin(bytes));
  return text !== undefined && !NO_TEXT.test(text);
}

/** A byte order mark decides in browsers too, whatever charset they are told. */
function utfOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}

function decode(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    // The beginning may end within a character.
    return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}

/** Its accents are shown wrongly, the rest rightly. */
function decodeLatin(bytes: Uint8Array): string | undefined {
  let accented = 0;
  for (const byte of bytes) if (byte > 0x7f) accented++;
  return accented <= bytes.length * MAX_ACCENTED ? new TextDecoder('latin1').decode(bytes) : undefined;
}
