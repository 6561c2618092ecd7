import type { ContentHash, NodeId } from '../../contract/ids.ts';
import type { IndexAnswer, IndexHit } from './metadata-index.ts';

/**
 * An IndexAnswer as one text, a line for each of its values: it crosses to another thread as one, and is cut there. Objects would be
 * copied between, and JSON read and written again, which cost the receiver more than all else that it does with an answer.
 */
export type AnswerText = string & { readonly __brand: 'AnswerText' };

/** JSON has no line break, and neither have numbers and ids. */
const LINE = '\n';
const LINES = 4;
const MORE = 'more';

export function writeAnswer({ hits, more }: IndexAnswer): AnswerText {
  const lines = hits.map(
    ({ hash, size, holders, shown }) => `${hash}${LINE}${size}${LINE}${holders.join()}${LINE}${shown}${LINE}`,
  );
  return `${lines.join('')}${more ? MORE : ''}` as AnswerText;
}

export function readAnswer(text: AnswerText): IndexAnswer {
  const lines = text.split(LINE);
  const more = lines.pop() === MORE;
  const hits: IndexHit[] = [];
  for (let at = 0; at < lines.length; at += LINES) {
    const [hash = '', size = '', holders = '', shown = ''] = lines.slice(at, at + LINES);
    hits.push({ hash: hash as ContentHash, size: Number(size), holders: holders.split(',') as NodeId[], shown });
  }
  return { hits, more };
}
