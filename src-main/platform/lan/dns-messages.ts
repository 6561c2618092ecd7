import { type Answer, AUTHORITATIVE_ANSWER, decode, encode } from 'dns-packet';
import { classifyHost } from '../../contract/address-block.ts';

/** What peers say to each other by multicast DNS (RFC 6762) about their service (RFC 6763). Reading is hardened: anybody may send. */

const SERVICE = '_shoal._tcp.local';
/** Bytes without which a packet says nothing of this service: what other programs tell each other is not even decoded. */
const SERVICE_LABEL = Buffer.from('\x06_shoal');
/** Longest packet of multicast DNS (RFC 6762, section 17). */
const MAX_PACKET_BYTES = 9000;
/** Peers announced by one packet: ours announce themselves alone; a responder that speaks for a whole machine may name some more. */
const MAX_ANNOUNCED = 4;
/** Seconds that others may remember a record which names a host (RFC 6762, section 10). */
const LIFE_SECONDS = 120;
/** Set in the class of a record that only one host may have (RFC 6762, section 10.2). */
const UNIQUE = true;

/** `gone`: it takes its leave. */
export type Announcement = { readonly port: number; readonly isGone: boolean };
/** A packet about peers. `refused`: announcements that were too many or made no sense. */
export type LanMessage = {
  readonly isQuestion: boolean;
  readonly announced: readonly Announcement[];
  readonly refused: number;
};

/** Who is there, but for `instance`? That one is known, so that who asks does not answer itself (RFC 6762, section 7.1). */
export function encodeQuestion(instance: string): Uint8Array {
  return encode({
    type: 'query',
    id: 0,
    questions: [{ type: 'PTR', name: SERVICE }],
    answers: [{ type: 'PTR', name: SERVICE, class: 'IN', ttl: LIFE_SECONDS, data: `${instance}.${SERVICE}` }],
  });
}

/** `instance` listens on `port` at `host`; its names are random, and nothing else about it is told. */
export function encodeAnnouncement({
  instance,
  host,
  port,
  isGone,
}: Announcement & { readonly instance: string; readonly host: string }): Uint8Array {
  const ttl = isGone ? 0 : LIFE_SECONDS;
  const name = `${instance}.${SERVICE}`;
  const target = `${instance}.local`;
  const own = { ttl, class: 'IN', flush: UNIQUE } as const;
  const at: Answer = host.includes(':')
    ? { ...own, type: 'AAAA', name: target, data: host }
    : { ...own, type: 'A', name: target, data: host };
  return encode({
    type: 'response',
    id: 0,
    flags: AUTHORITATIVE_ANSWER,
    answers: [{ type: 'PTR', name: SERVICE, class: 'IN', ttl, data: name }],
    additionals: [
      { ...own, type: 'SRV', name, data: { target, port, priority: 0, weight: 0 } },
      // Every service has a text record, which may be empty (RFC 6763, section 6.1).
      { ...own, type: 'TXT', name, data: '' },
      at,
    ],
  });
}

/**
 * Undefined: it says nothing about peers, or only what `own`, this peer's instance, says itself. `refused`: it is too long, cannot be read,
 * or `mayRead`, asked only for packets about peers, says that there were enough.
 */
export function readLanMessage(
  bytes: Uint8Array,
  own: string,
  mayRead: () => boolean = () => true,
): LanMessage | 'refused' | undefined {
  const packet = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!packet.includes(SERVICE_LABEL)) return undefined;
  if (packet.length > MAX_PACKET_BYTES || !mayRead()) return 'refused';
  try {
    const { type, questions = [], answers = [], additionals = [] } = decode(packet);
    if (type === 'query') {
      const isQuestion = questions.some((asked) => ['PTR', 'ANY'].includes(asked.type) && isSame(asked.name, SERVICE));
      const isKnown = answers.some((answer) => answer.type === 'PTR' && isSame(answer.data, `${own}.${SERVICE}`));
      return isQuestion && !isKnown ? { isQuestion, announced: [], refused: 0 } : undefined;
    }
    return readAnnouncements([...answers, ...additionals], own);
  } catch {
    // The library throws whatever it meets, for a packet that anybody may have sent.
    return 'refused';
  }
}

function readAnnouncements(records: readonly Answer[], own: string): LanMessage | undefined {
  const instances = new Set<string>();
  const announced: Announcement[] = [];
  let refused = 0;
  for (const record of records) {
    if (record.type !== 'SRV') continue;
    const name = record.name.toLowerCase();
    const instance = name.slice(0, -SERVICE.length - 1);
    if (!name.endsWith(`.${SERVICE}`) || instance === own || instances.has(instance)) continue;
    const { port } = record.data;
    if (port === 0 || announced.length >= MAX_ANNOUNCED) refused++;
    else announced.push({ port, isGone: record.ttl === 0 });
    instances.add(instance);
  }
  return announced.length > 0 || refused > 0 ? { isQuestion: false, announced, refused } : undefined;
}

/** Where a packet from `host` may speak for: link-local addresses need a zone, which a peer address has not. */
export function isSpeaker(host: string): boolean {
  const kind = classifyHost(host);
  return (
    kind === 'public' || kind === 'private' || kind === 'loopback' || (kind === 'link-local' && !host.includes(':'))
  );
}

/** Names of DNS are the same in small and in large letters. */
const isSame = (a: string, b: string): boolean => a.toLowerCase() === b;
