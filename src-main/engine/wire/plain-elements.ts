/** An element and its attributes, their values as they stand in the text. */
export type PlainElement = { readonly tag: string; readonly attributes: Readonly<Record<string, string>> };

/**
 * Reads a document as this program writes it: a root, elements without contents in it, attributes after single spaces, nothing between.
 * Undefined for any other text, be it XML or not: the parser then decides. Three times as fast as that.
 */
export function readPlainElements(text: string): PlainElement[] | undefined {
  const elements: PlainElement[] = [];
  for (let at = 0; at < text.length; ) {
    const element = readElement(text, at);
    const closing = elements.length === 0 ? '>' : '/>';
    if (element === undefined || !text.startsWith(closing, element.end)) return undefined;
    elements.push(element);
    at = element.end + closing.length;
    const end = `</${elements[0]?.tag}>`;
    if (text.length - at === end.length && text.endsWith(end)) return elements;
  }
  return undefined;
}

/** `end` is where the last attribute ends; undefined for anything else, or when an attribute stands twice. */
function readElement(text: string, start: number): (PlainElement & { readonly end: number }) | undefined {
  let end = endOfName(text, start + 1);
  if (text[start] !== '<' || end === start + 1) return undefined;
  const tag = text.slice(start + 1, end);
  // No value holds a bare `<` or `>`.
  const [close, next] = [text.indexOf('>', start), text.indexOf('<', start + 1)];
  if (close === -1 || (next !== -1 && next < close)) return undefined;
  const attributes: Record<string, string> = {};
  while (text.charCodeAt(end) === SPACE) {
    const nameEnd = endOfName(text, end + 1);
    const valueEnd = text.indexOf('"', nameEnd + 2);
    if (nameEnd === end + 1 || !text.startsWith('="', nameEnd) || valueEnd === -1 || valueEnd > close) return undefined;
    const name = text.slice(end + 1, nameEnd);
    if (Object.hasOwn(attributes, name)) return undefined;
    attributes[name] = text.slice(nameEnd + 2, valueEnd);
    end = valueEnd + 1;
  }
  return { tag, attributes, end };
}

const SPACE = 0x20;
const [A, Z] = [0x61, 0x7a];

function endOfName(text: string, from: number): number {
  let end = from;
  while (text.charCodeAt(end) >= A && text.charCodeAt(end) <= Z) end++;
  return end;
}
