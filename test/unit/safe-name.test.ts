import fc from 'fast-check';
import { expect, it } from 'vitest';
import { safeName, shorterNames } from '../../src-main/contract/safe-name.ts';

it.each([
  ['film.mp4', 'film.mp4'],
  ['../../etc/passwd', '_._etc_passwd'],
  ['film.lnk', 'film.lnk.download'],
  ['film.URL', 'film.URL.download'],
  ['film.scf . .', 'film.scf.download'],
  ['film.library-ms', 'film.library-ms.download'],
  ['film.searchconnector-ms', 'film.searchconnector-ms.download'],
  ['film.{20D04FE0-3AEA-1069-A2D8-08002B30309D}', 'film.{20D04FE0-3AEA-1069-A2D8-08002B30309D}.download'],
  ['con.lnk', '_con.lnk.download'],
  ['Desktop.ini', '_Desktop.ini'],
  ['.autorun.inf', '_autorun.inf'],
  ['my desktop.ini', 'my desktop.ini'],
  ['COM¹.txt', '_COM¹.txt'],
  ['CONIN$', '_CONIN$'],
  ['CON .txt', '_CON.txt'],
  ['console.txt', 'console.txt'],
  ['film.mp4\u3164\u115f\uffa0\u2800.exe', 'film.mp4____.exe'],
  [`film.mp4${' '.repeat(100)}.exe`, 'film.mp4.exe'],
  [`film.mp4${'\u3000\u00a0'.repeat(50)}.exe`, 'film.mp4.exe'],
  ['a  b \u00a0c.txt', 'a b c.txt'],
  ['I \u2764\ufe0f shoals.txt', 'I \u2764 shoals.txt'],
  ['e\ufe0f\u0301.txt', '\u00e9.txt'],
  ['\ufe0f', 'fallback'],
])('the name %j becomes %j', (name, safe) => {
  expect(safeName(name, 'fallback')).toBe(safe);
});

const PIECES = [
  ...['con', 'desktop.ini', '.lnk', '.{', '}', ' ', '.', '_', '. ', '\ufe0f', '\u0301', '\u2800', '\u00e9', '.mkv'],
  ...['x'.repeat(37), 'x'.repeat(100), ' .'.repeat(60), '\u{1f420}'],
];
const ACTED_ON = /\.(lnk|\{[^{}]*\})$|^(con\s*(\..*)?|desktop\.ini)$/i;

it('a name that is safe stays as it is, and what is cut off uncovers no name that a system acts on', () => {
  const names = fc.array(fc.constantFrom(...PIECES), { maxLength: 10 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(names, (name) => {
      const safe = safeName(name, 'fallback');
      expect(safeName(safe, 'fallback')).toBe(safe);
      for (const each of [safe, ...shorterNames(safe)]) expect(each).not.toMatch(ACTED_ON);
    }),
    { numRuns: 3000 },
  );
  for (const max of [230, 118, 39]) {
    for (const tail of ['.lnk', '.lnk '])
      for (const room of [0, 1]) {
        const long = `${'x'.repeat(max - tail.length - room)}${tail}${'y'.repeat(300)}`;
        const safe = safeName(long, 'fallback');
        for (const each of [safe, ...shorterNames(safe)]) expect(each).not.toMatch(ACTED_ON);
      }
  }
});
