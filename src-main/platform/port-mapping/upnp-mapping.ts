import type { MappedPort } from '../../engine/ports/index.ts';
import { DESCRIPTION_BYTES, readWanServices, type WanService } from './gateway-description.ts';
import { askRouter } from './router-http.ts';
import { decodeOrderAnswer, encodeOrder, externalAddress, SOAP_BYTES, type SoapAnswer } from './soap-messages.ts';
import type { MappingRequest } from './udp-mapping.ts';

/** Errors of the service (UPnP WANIPConnection:2, section 2.5.16): somebody has the port, by UPnP or in another way. */
const TAKEN: readonly number[] = [718, 729];
const PERMANENT_ONLY = 725;
/** Other ports outside that are tried when somebody has the one that is wanted. */
const MORE_PORTS = 4;
const REMOVE_MS = 3000;
const DESCRIPTION = 'Shoal';

type Ordered = { readonly service: WanService; readonly own: string; readonly signal: AbortSignal };

/** By UPnP, at the router that describes itself at `location`. Undefined when it refuses, or is none. */
export async function mapByUpnp(
  location: URL,
  request: Omit<MappingRequest, 'router'>,
  signal: AbortSignal,
): Promise<MappedPort | undefined> {
  const { own } = request;
  const answer = await askRouter({ url: location, from: own, maxBytes: DESCRIPTION_BYTES, signal });
  if (answer?.status !== 200) return undefined;
  for (const service of readWanServices(answer.text, location)) {
    const mapped = await mapAt(service, request, signal);
    if (mapped) return mapped;
  }
  return undefined;
}

async function mapAt(
  service: WanService,
  request: Omit<MappingRequest, 'router'>,
  signal: AbortSignal,
): Promise<MappedPort | undefined> {
  const { own, externalPort, leaseMs } = request;
  const ordered = { service, own, signal };
  for (let port = externalPort; port <= Math.min(externalPort + MORE_PORTS, 65_535); port++) {
    const answer = await addOrReplace(ordered, request, port);
    if (answer?.kind === 'done') {
      const address = await order(ordered, 'GetExternalIPAddress', {});
      const host = address?.kind === 'done' ? externalAddress(address.values) : undefined;
      return {
        protocol: 'upnp',
        router: service.control.hostname,
        external: { host: host === '0.0.0.0' ? undefined : host, port },
        leaseMs,
        renew: (aborted) => mapAt(service, { ...request, externalPort: port }, aborted),
        remove: async () => {
          const ended = { service, own, signal: AbortSignal.timeout(REMOVE_MS) };
          await order(ended, 'DeletePortMapping', outside(port));
        },
      };
    }
    if (!isTaken(answer)) return undefined;
  }
  return undefined;
}

const isTaken = (answer: SoapAnswer | undefined): boolean => answer?.kind === 'refused' && TAKEN.includes(answer.code);

/**
 * Some routers refuse to map again what they kept of this very peer, over its end or their own. Each renewal would take one port more, so that
 * what is there and ours is taken back first.
 */
async function addOrReplace(
  ordered: Ordered,
  request: Omit<MappingRequest, 'router'>,
  port: number,
): Promise<SoapAnswer | undefined> {
  const answer = await add(ordered, request, port);
  if (!isTaken(answer)) return answer;
  const there = await order(ordered, 'GetSpecificPortMappingEntry', outside(port));
  const isOurs =
    there?.kind === 'done' &&
    there.values.get('NewInternalClient') === request.own &&
    there.values.get('NewInternalPort') === String(request.internalPort);
  if (!isOurs) return answer;
  await order(ordered, 'DeletePortMapping', outside(port));
  return add(ordered, request, port);
}

/** A router that knows no leases keeps the mapping until it is removed; it is asked again as if there was one. */
async function add(
  ordered: Ordered,
  { own, internalPort, leaseMs }: Omit<MappingRequest, 'router'>,
  externalPort: number,
): Promise<SoapAnswer | undefined> {
  const wanted = (seconds: number) =>
    order(ordered, 'AddPortMapping', {
      ...outside(externalPort),
      ...{ NewInternalPort: internalPort, NewInternalClient: own },
      ...{ NewEnabled: 1, NewPortMappingDescription: DESCRIPTION, NewLeaseDuration: seconds },
    });
  const answer = await wanted(Math.ceil(leaseMs / 1000));
  return answer?.kind === 'refused' && answer.code === PERMANENT_ONLY ? wanted(0) : answer;
}

const outside = (port: number) => ({ NewRemoteHost: '', NewExternalPort: port, NewProtocol: 'TCP' });

async function order(
  { service, own, signal }: Ordered,
  action: string,
  values: Readonly<Record<string, string | number>>,
): Promise<SoapAnswer | undefined> {
  const answer = await askRouter({
    ...{ url: service.control, from: own, maxBytes: SOAP_BYTES, signal },
    headers: { 'content-type': 'text/xml; charset="utf-8"', soapaction: `"${service.type}#${action}"` },
    body: encodeOrder(service.type, action, values),
  });
  return answer && decodeOrderAnswer(answer.status, answer.text);
}
