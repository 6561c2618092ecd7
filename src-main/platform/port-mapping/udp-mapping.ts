import { randomBytes } from 'node:crypto';
import type { MappedPort } from '../../engine/ports/index.ts';
import { decodeAddress, decodeNatPmp, encodeAddressRequest, encodeNatPmp } from './nat-pmp-messages.ts';
import { decodePcp, encodePcp } from './pcp-messages.ts';
import { hasLostMappings, type RouterEpoch } from './router-epoch.ts';
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
  const answer = await askPcp(request, { nonce: randomBytes(NONCE_BYTES) }, signal);
  return answer === 'old' ? askNatPmp(request, signal) : answer;
}

/** `nonce`: the same for renewals. `before`: what the router said at the answer before. */
async function askPcp(
  request: MappingRequest,
  { nonce, before }: { readonly nonce: Uint8Array; readonly before?: RouterEpoch },
  signal: AbortSignal,
): Promise<MappedPort | 'old' | undefined> {
  const { own, internalPort, externalPort, leaseMs } = request;
  const asked = { client: own, nonce, internalPort, externalPort, lifetimeSeconds: secondsOf(leaseMs) };
  const answer = await ask(request, encodePcp(asked), (bytes) => decodePcp(bytes, asked), signal);
  if (answer?.kind === 'old') return 'old';
  if (answer?.kind !== 'mapped' || answer.lifetimeSeconds === 0) return undefined;
  const epoch = epochOf(answer);
  const again = { ...request, externalPort: answer.externalPort };
  return {
    protocol: 'pcp',
    router: request.router,
    external: { host: knownHost(answer.external), port: answer.externalPort },
    leaseMs: Math.min(leaseMs, answer.lifetimeSeconds * 1000),
    wasLost: hasLostMappings(before, epoch),
    renew: async (aborted) => {
      const renewed = await askPcp(again, { nonce, before: epoch }, aborted);
      return renewed === 'old' ? undefined : renewed;
    },
    remove: async () => {
      const ended = { ...asked, lifetimeSeconds: 0 };
      await ask(request, encodePcp(ended), (bytes) => decodePcp(bytes, ended), AbortSignal.timeout(REMOVE_MS));
    },
  };
}

async function askNatPmp(
  request: MappingRequest,
  signal: AbortSignal,
  before?: RouterEpoch,
): Promise<MappedPort | undefined> {
  const answer = await askNatPmpPort(request, signal);
  if (!answer) return undefined;
  const address = await ask(request, encodeAddressRequest(), decodeAddress, signal);
  const isGone = address?.kind === 'address' && hasLostMappings(answer.epoch, epochOf(address));
  // It was started again between the two answers: the port is asked for once more, before somebody is told of it.
  const last = isGone ? await askNatPmpPort(request, signal) : answer;
  if (!last) return undefined;
  const { internalPort, leaseMs, router } = request;
  const { externalPort, lifetimeSeconds, epoch } = last;
  return {
    protocol: 'nat-pmp',
    router,
    external: { host: address?.kind === 'address' ? knownHost(address.external) : undefined, port: externalPort },
    leaseMs: Math.min(leaseMs, lifetimeSeconds * 1000),
    wasLost: isGone || hasLostMappings(before, epoch),
    renew: (aborted) => askNatPmp({ ...request, externalPort }, aborted, epoch),
    remove: async () => {
      const ended = { internalPort, externalPort: 0, lifetimeSeconds: 0 };
      await ask(request, encodeNatPmp(ended), (bytes) => decodeNatPmp(bytes, ended), AbortSignal.timeout(REMOVE_MS));
    },
  };
}

async function askNatPmpPort(request: MappingRequest, signal: AbortSignal) {
  const { internalPort, externalPort, leaseMs } = request;
  const asked = { internalPort, externalPort, lifetimeSeconds: secondsOf(leaseMs) };
  const answer = await ask(request, encodeNatPmp(asked), (bytes) => decodeNatPmp(bytes, asked), signal);
  if (answer?.kind !== 'mapped' || answer.lifetimeSeconds === 0) return undefined;
  return { ...answer, epoch: epochOf(answer) };
}

const epochOf = ({ epochSeconds }: { readonly epochSeconds: number }): RouterEpoch => ({
  seconds: epochSeconds,
  atMs: performance.now(),
});

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
