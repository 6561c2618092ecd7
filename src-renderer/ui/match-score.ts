/** How well the typed letters fit a title: 0 when not all of them occur in order; runs and beginnings of words count more. */
export function matchScore(typed: string, title: string): number {
  const [needle, hay] = [typed.trim().toLowerCase(), title.toLowerCase()];
  if (needle === '') return 1;
  let score = 0;
  let at = -1;
  for (const letter of needle) {
    const next = hay.indexOf(letter, at + 1);
    if (next < 0) return 0;
    const isRun = next === at + 1;
    const isBeginning = next === 0 || hay[next - 1] === ' ';
    score += 1 + (isRun ? 2 : 0) + (isBeginning ? 3 : 0);
    at = next;
  }
  return score;
}
