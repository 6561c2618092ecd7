import type { MappedPort } from '../../engine/ports/index.ts';
import { DESCRIPTION_BYTES, readWanServices, type WanService } from './gateway-description.ts';
import { askRouter } from './router-http.ts';
import { decodeOrderAnswer, encodeOrder, externalAddress, SOAP_BYTES, type SoapAnswer } from './soap-messages.ts';
import type { MappingRequest } from './udp-mapping.ts';

/** Errors of the service (UPnP WANIPConnection, section 2.4.16). */
const CONFLICT = 718;
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
    const answer = await add(ordered, request, port);
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
    if (answer?.code !== CONFLICT) return undefined;
  }
  return undefined;
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
