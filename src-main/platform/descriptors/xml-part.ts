import { XMLParser } from 'fast-xml-parser';

/** Deeper than any document's own properties. */
const MAX_DEPTH = 20;

const parser = () =>
  new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '',
    removeNSPrefix: true,
    parseTagValue: false,
    htmlEntities: true,
    maxNestedTags: MAX_DEPTH,
  });

/** The elements of a small XML file; throws when it is none, or declares a document type (the door to entities). */
export function parseXmlPart(bytes: Uint8Array): XmlNode {
  const text = new TextDecoder().decode(bytes);
  if (text.includes('<!DOCTYPE')) throw new Error('a document type is not read');
  return new XmlNode(parser().parse(text));
}

/** Text with its `&amp;` and the like as characters. */
export function unescapeXml(text: string): string | undefined {
  return new XmlNode(parser().parse(`<text>${text.replaceAll('<', '')}</text>`)).text('text');
}

/** An element by its parts; what is not there is undefined, so that paths can be followed blindly. */
export class XmlNode {
  readonly #value: unknown;

  constructor(value: unknown) {
    this.#value = value;
  }

  /** The element (or attribute) at the end of a path of names; the first where there are several. */
  at(...names: readonly string[]): XmlNode {
    let value = this.#value;
    for (const name of names) value = first(value instanceof Object ? Reflect.get(value, name) : undefined);
    return new XmlNode(value);
  }

  text(...names: readonly string[]): string | undefined {
    const node = this.at(...names);
    const value = node.#value instanceof Object ? Reflect.get(node.#value, '#text') : node.#value;
    return typeof value === 'string' ? value : undefined;
  }

  /** A whole number written in digits. */
  count(...names: readonly string[]): number | undefined {
    const text = this.text(...names);
    return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  }
}

const first = (value: unknown): unknown => (Array.isArray(value) ? value[0] : value);
