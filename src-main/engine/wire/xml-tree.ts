import { XMLParser } from 'fast-xml-parser';
import { decodeAttribute, hasLongElement, isCarriable } from './xml.ts';

/**
 * XML as other programs write it: text, comments, CDATA and elements within elements. Document types are refused, and with them all
 * entities but the five that XML has. What is small or often read goes through xml.ts, which makes no tree.
 */
export type XmlElement = {
  readonly tag: string;
  /** As they stand in the text: decodeAttribute gives what they mean. */
  readonly attributes: Readonly<Record<string, string>>;
  readonly contents: readonly unknown[];
};
export type XmlTree = { readonly ok: true; readonly root: XmlElement } | { readonly ok: false; readonly why: string };
export type XmlTreeLimits = {
  /** UTF-16 units. */
  readonly maxLength: number;
  /** Tags that open or close, comments and the like. */
  readonly maxTags: number;
};

const CDATA = '#cdata';
const TEXT = '#text';
const ATTRIBUTES = ':@';
/** Elements within elements: a Metalink has 4 levels, and others may have added theirs. */
const MAX_DEPTH = 16;
/** Everything that begins like this but for comments and CDATA: the declarations of a document type. */
const DECLARATIONS = /<!(?!--|\[CDATA\[)/;

/** Never throws. */
export function readXmlTree(text: string, limits: XmlTreeLimits): XmlTree {
  const why = refuse(text, limits);
  if (why !== undefined) return { ok: false, why };
  try {
    const nodes: unknown = makeParser().parse(text.replace(/^\ufeff/, ''));
    const [root, ...others] = (Array.isArray(nodes) ? nodes : []).map(toElement).filter((node) => node !== undefined);
    const isWhole = root !== undefined && others.length === 0 && text.trimEnd().endsWith(`</${root.tag}>`);
    return isWhole ? { ok: true, root } : { ok: false, why: 'the document is cut off' };
  } catch {
    // The parser tells of malformed text by throwing errors of many kinds; all of them mean the same here.
    return { ok: false, why: 'not well-formed XML' };
  }
}

/** The elements right below one, in order. */
export function childElements({ contents }: XmlElement): XmlElement[] {
  return contents.map(toElement).filter((child) => child !== undefined);
}

/** The text in an element, without the white space around it; undefined when it has an entity of the sender's own. */
export function textOf({ contents }: XmlElement): string | undefined {
  let text = '';
  for (const node of contents) {
    const part = textOfNode(node);
    if (part === undefined) return undefined;
    text += part;
  }
  return text.trim();
}

const makeParser = () =>
  new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    preserveOrder: true,
    processEntities: false,
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: false,
    ignoreDeclaration: true,
    ignorePiTags: true,
    jPath: false,
    maxNestedTags: MAX_DEPTH,
    textNodeName: TEXT,
    cdataPropName: CDATA,
  });

function refuse(text: string, { maxLength, maxTags }: XmlTreeLimits): string | undefined {
  if (text.length > maxLength) return 'longer than allowed';
  if (DECLARATIONS.test(text)) return 'document types and entities are not allowed';
  if (countTags(text, maxTags) > maxTags) return 'more elements than allowed';
  if (hasLongElement(text)) return 'an element that is longer than any';
  return isCarriable(text) ? undefined : 'characters that XML does not allow';
}

/** Stops counting above `max`. */
function countTags(text: string, max: number): number {
  let tags = 0;
  for (let at = text.indexOf('<'); at !== -1 && tags <= max; at = text.indexOf('<', at + 1)) tags++;
  return tags;
}

/** The parser gives an element as an object of its tag with a list, beside one of its attributes. */
function toElement(node: unknown): XmlElement | undefined {
  if (typeof node !== 'object' || node === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(node));
  const attributes = fields.get(ATTRIBUTES) ?? {};
  for (const [tag, contents] of fields) {
    if (Array.isArray(contents) && tag !== CDATA) {
      return { tag, contents, attributes: attributes as XmlElement['attributes'] };
    }
  }
  return undefined;
}

/** Elements and comments have none. */
function textOfNode(node: unknown): string | undefined {
  const fields = new Map<string, unknown>(Object.entries(node ?? {}));
  const text = fields.get(TEXT);
  if (typeof text === 'string') return decodeAttribute(text);
  const [within]: readonly unknown[] = [fields.get(CDATA)].flat();
  const raw = within === undefined ? '' : new Map<string, unknown>(Object.entries(within ?? {})).get(TEXT);
  return typeof raw === 'string' ? raw : '';
}
