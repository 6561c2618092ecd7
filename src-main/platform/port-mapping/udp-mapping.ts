import { randomBytes } from 'node:crypto';
import type { MappedPort } from '../../engine/ports/index.ts';
import { decodeAddress, decodeNatPmp, encodeAddressRequest, encodeNatPmp } from './nat-pmp-messages.ts';
import { decodePcp, encodePcp } from './pcp-messages.ts';
import { exchangeByUdp } from './udp-exchange.ts';

/** One router, as seen from an own address in its network; what is wanted of it. */
export type MappingRequest = {
  readonly own: string;
  readonly router: string;
  readonly internalPort: number;
  /** A wish. */
  readonly externalPort: number;
  readonly leaseMs: number;
};

/** Of both protocols. */
const PORT = 5351;
const NONCE_BYTES = 12;
/** A mapping is removed in this time or expires by itself. */
const REMOVE_MS = 1500;
const secondsOf = (ms: number): number => Math.ceil(ms / 1000);

/** By PCP, or by NAT-PMP where the router knows that only. Undefined when it does neither, or refuses. */
export async function mapByUdp(request: MappingRequest, signal: AbortSignal): Promise<MappedPort | undefined> {
  const answer = await askPcp(request, randomBytes(NONCE_BYTES), signal);
  return answer === 'old' ? askNatPmp(request, signal) : answer;
}

async function askPcp(
  request: MappingRequest,
  nonce: Uint8Array,
  signal: AbortSignal,
): Promise<MappedPort | 'old' | undefined> {
  const { own, internalPort, externalPort, leaseMs } = request;
  const asked = { client: own, nonce, internalPort, externalPort, lifetimeSeconds: secondsOf(leaseMs) };
  const answer = await ask(request, encodePcp(asked), (bytes) => decodePcp(bytes, asked), signal);
  if (answer?.kind === 'old') return 'old';
  if (answer?.kind !== 'mapped' || answer.lifetimeSeconds === 0) return undefined;
  const again = { ...request, externalPort: answer.externalPort };
  return {
    protocol: 'pcp',
    router: request.router,
    external: { host: knownHost(answer.external), port: answer.externalPort },
    leaseMs: Math.min(leaseMs, answer.lifetimeSeconds * 1000),
    renew: async (aborted) => {
      const renewed = await askPcp(again, nonce, aborted);
      return renewed === 'old' ? undefined : renewed;
    },
    remove: async () => {
      const ended = { ...asked, lifetimeSeconds: 0 };
      await ask(request, encodePcp(ended), (bytes) => decodePcp(bytes, ended), AbortSignal.timeout(REMOVE_MS));
    },
  };
}

async function askNatPmp(request: MappingRequest, signal: AbortSignal): Promise<MappedPort | undefined> {
  const { internalPort, externalPort, leaseMs, router } = request;
  const asked = { internalPort, externalPort, lifetimeSeconds: secondsOf(leaseMs) };
  const answer = await ask(request, encodeNatPmp(asked), (bytes) => decodeNatPmp(bytes, asked), signal);
  if (answer?.kind !== 'mapped' || answer.lifetimeSeconds === 0) return undefined;
  const address = await ask(request, encodeAddressRequest(), decodeAddress, signal);
  const host = address?.kind === 'address' ? knownHost(address.external) : undefined;
  return {
    protocol: 'nat-pmp',
    router,
    external: { host, port: answer.externalPort },
    leaseMs: Math.min(leaseMs, answer.lifetimeSeconds * 1000),
    renew: (aborted) => askNatPmp({ ...request, externalPort: answer.externalPort }, aborted),
    remove: async () => {
      const ended = { internalPort, externalPort: 0, lifetimeSeconds: 0 };
      await ask(request, encodeNatPmp(ended), (bytes) => decodeNatPmp(bytes, ended), AbortSignal.timeout(REMOVE_MS));
    },
  };
}

function ask<T>(
  { own, router }: MappingRequest,
  message: Uint8Array,
  decode: (bytes: Uint8Array) => T | undefined,
  signal: AbortSignal,
): Promise<T | undefined> {
  return exchangeByUdp({ from: own, to: { host: router, port: PORT }, message, decode, signal });
}

/** What a router says that has no address outside yet. */
const knownHost = (host: string): string | undefined => (host === '0.0.0.0' ? undefined : host);
