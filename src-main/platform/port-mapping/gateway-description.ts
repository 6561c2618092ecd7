import { childElements, readXmlTree, textOf, type XmlElement } from '../../engine/wire/xml-tree.ts';
import { urlAt } from './ssdp-messages.ts';

/** The service of a UPnP router that maps ports: its type, and where it takes orders. */
export type WanService = { readonly type: string; readonly control: URL };

/** Descriptions take a few KiB. */
export const DESCRIPTION_BYTES = 128 * 1024;
const MAX_TAGS = 4000;
const MAX_DEPTH = 10;
/** Best first; the second version and that of modems with PPP have the same actions. */
const TYPES = [
  'urn:schemas-upnp-org:service:WANIPConnection:2',
  'urn:schemas-upnp-org:service:WANIPConnection:1',
  'urn:schemas-upnp-org:service:WANPPPConnection:1',
];

/** The services of a device that map ports, best first; none for what is no description. Never throws. */
export function readWanServices(text: string, location: URL): readonly WanService[] {
  const tree = readXmlTree(text, { maxLength: DESCRIPTION_BYTES, maxTags: MAX_TAGS });
  if (!tree.ok) return [];
  const services = servicesIn(tree.root, 0).flatMap((service) => toWanService(service, location));
  return services.sort((a, b) => TYPES.indexOf(a.type) - TYPES.indexOf(b.type));
}

function servicesIn(element: XmlElement, depth: number): readonly XmlElement[] {
  if (depth > MAX_DEPTH) return [];
  return childElements(element).flatMap((child) => (child.tag === 'service' ? [child] : servicesIn(child, depth + 1)));
}

function toWanService(service: XmlElement, location: URL): readonly WanService[] {
  const field = (tag: string) => {
    const found = childElements(service).find((child) => child.tag === tag);
    return found && textOf(found);
  };
  const type = field('serviceType') ?? '';
  const control = urlAt(field('controlURL') ?? '', location.hostname, location);
  return TYPES.includes(type) && control ? [{ type, control }] : [];
}
