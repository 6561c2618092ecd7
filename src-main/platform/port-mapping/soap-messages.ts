import { isIPv4 } from 'node:net';
import { encodeText } from '../../engine/wire/xml.ts';
import { childElements, readXmlTree, textOf, type XmlElement } from '../../engine/wire/xml-tree.ts';

/** What is ordered of a UPnP router, and what it answers. */
export type SoapAnswer =
  | { readonly kind: 'done'; readonly values: ReadonlyMap<string, string> }
  | { readonly kind: 'refused'; readonly code: number };

/** Answers take less than 1 KiB. */
export const SOAP_BYTES = 16 * 1024;
const MAX_TAGS = 200;
const MAX_DEPTH = 8;

export function encodeOrder(
  service: string,
  action: string,
  values: Readonly<Record<string, string | number>>,
): string {
  const fields = Object.entries(values).map(([name, value]) => `<${name}>${encodeText(String(value))}</${name}>`);
  return (
    '<?xml version="1.0"?>\n<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"' +
    ' s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>' +
    `<u:${action} xmlns:u="${service}">${fields.join('')}</u:${action}></s:Body></s:Envelope>\n`
  );
}

/** Undefined for what is no answer. Never throws. */
export function decodeOrderAnswer(status: number, text: string): SoapAnswer | undefined {
  const tree = readXmlTree(text, { maxLength: SOAP_BYTES, maxTags: MAX_TAGS });
  if (!tree.ok) return undefined;
  const values = new Map<string, string>();
  collect(tree.root, values, 0);
  if (status === 200) return { kind: 'done', values };
  const code = Number(values.get('errorCode') ?? Number.NaN);
  return Number.isInteger(code) ? { kind: 'refused', code } : undefined;
}

/** The address of a router outside, if it is one. */
export function externalAddress(values: ReadonlyMap<string, string>): string | undefined {
  const host = values.get('NewExternalIPAddress') ?? '';
  return isIPv4(host) ? host : undefined;
}

/** Texts of elements that have no others in them, by tag; prefixes differ from router to router. */
function collect(element: XmlElement, values: Map<string, string>, depth: number): void {
  const children = childElements(element);
  const tag = element.tag.slice(element.tag.indexOf(':') + 1);
  if (children.length === 0) values.set(tag, textOf(element) ?? '');
  else if (depth < MAX_DEPTH) for (const child of children) collect(child, values, depth + 1);
}
