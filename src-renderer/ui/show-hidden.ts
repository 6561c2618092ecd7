/**
 * Characters that show nothing, or make others show as what they are not: controls, marks and overrides of direction (Unicode UAX #9: a
 * name such as `photo‮gpj.exe` reads as a picture), and spaces without width.
 */
const HIDDEN = /[\p{Cc}\u00AD\u061C\u180E\u200B-\u200F\u2028-\u202E\u2060-\u2064\u2066-\u206F\uFEFF\uFFF9-\uFFFB]/gu;
/** Joins letters in Persian and Indian scripts, and parts of one emoji: what it does there is meant. */
const JOINER = '\u200D';

/** The same text with what hides written out, such as `⟨202E⟩`. */
export const showHidden = (text: string): string =>
  text.replace(HIDDEN, (character) =>
    character === JOINER ? character : `⟨${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0')}⟩`,
  );
