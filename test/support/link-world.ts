import { createPrivateKey, createPublicKey } from 'node:crypto';
import type { NodeId } from '../../src-main/contract/ids.ts';
import type {
  CalledConnection,
  ContentClient,
  IncomingRequest,
  KnownRemote,
  LinkHandler,
  Links,
  RelayPass,
  Remote,
  SessionLink,
} from '../../src-main/engine/ports/index.ts';
import { SESSION_MESSAGE_BYTES } from '../../src-main/engine/wire/limits.ts';
import { makeCertificate } from '../../src-main/platform/identity/make-certificate.ts';
import { type KeyAndCertificate, makeKey } from '../../src-main/platform/identity/make-key.ts';
import { nodeIdOfKey } from '../../src-main/platform/identity/node-id.ts';
import { makeDial } from '../../src-main/platform/links/dial.ts';
import { TlsContentClient } from '../../src-main/platform/links/tls-content-client.ts';
import { TlsLinks } from '../../src-main/platform/links/tls-links.ts';
import { SystemClock } from '../../src-main/platform/system-clock.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { VirtualNetwork } from '../../src-main/simulator/memory-network.ts';
import { SeededRandom } from '../../src-main/simulator/seeded-random.ts';

/** One peer's links, whatever carries them. */
export type LinkPeer = {
  readonly nodeId: NodeId;
  readonly host: string;
  readonly links: Links;
  readonly contentClient: ContentClient;
};

/** A place where peers can reach each other, for suites that run on memory and on real sockets. */
export interface LinkWorld {
  peer(): Promise<LinkPeer>;
  stop(): Promise<void>;
}

/** Peers in memory, on real time so that the same suite runs on both. */
export function memoryWorld(): LinkWorld {
  const network = new VirtualNetwork({
    clock: new SystemClock(),
    random: new SeededRandom(1),
    maxMessageBytes: SESSION_MESSAGE_BYTES,
  });
  let made = 0;
  return {
    async peer() {
      made++;
      return network.join(`10.0.0.${made}`, made.toString(16).padStart(64, '0') as NodeId);
    },
    async stop() {
      for (let i = 1; i <= made; i++) network.kill(`10.0.0.${i}`);
    },
  };
}

/** A key and certificate that live in memory only. */
export async function makeTestIdentity(): Promise<KeyAndCertificate & { readonly nodeId: NodeId }> {
  const key = makeKey();
  const nodeId = nodeIdOfKey(createPublicKey(createPrivateKey(key)));
  if (nodeId === undefined) throw new Error('a new key gives no NodeId');
  return { key, certificate: makeCertificate(key), nodeId };
}

/** Peers with TLS sockets on loopback. */
export function tlsWorld(): LinkWorld {
  const opened: Links[] = [];
  return {
    async peer() {
      const identity = await makeTestIdentity();
      const dial = makeDial(identity, () => undefined);
      const links = new TlsLinks({ identity, dial, dialTimeoutMs: () => 5000, logger: new MemoryLogger() });
      const contentClient = new TlsContentClient({ dial, dialTimeoutMs: () => 5000 });
      opened.push(links);
      return { nodeId: identity.nodeId, host: '127.0.0.1', links, contentClient };
    },
    async stop() {
      await Promise.all(opened.map((links) => links.close()));
    },
  };
}

export const LINK_WORLDS: readonly (readonly [string, () => LinkWorld])[] = [
  ['memory', memoryWorld],
  ['TLS', tlsWorld],
];

type Recorded = { readonly remote: Remote; readonly why: string };

/** A LinkHandler that records what it is told; tests replace the parts that they are about. */
export class RecordingHandler implements LinkHandler {
  readonly requests: IncomingRequest[] = [];
  readonly sessions: SessionLink[] = [];
  readonly misdeeds: Recorded[] = [];
  answer: LinkHandler['request'] = async () => ({ status: 200 });
  onSession: (link: SessionLink) => void = () => {};
  onMisdeed: (why: string) => void = () => {};
  /** Calls that are waited for, by token. */
  readonly calls = new Map<string, (connection: CalledConnection) => void>();
  isWelcome: (remote: Remote) => boolean = () => true;

  request(request: IncomingRequest) {
    this.requests.push(request);
    return this.answer(request);
  }

  session(link: SessionLink): void {
    this.sessions.push(link);
    this.onSession(link);
  }

  reversed(token: string, { nodeId }: KnownRemote) {
    const call = this.calls.get(`${nodeId} ${token}`);
    this.calls.delete(`${nodeId} ${token}`);
    return call;
  }

  /** Who may meet whom at this relay, by token. */
  readonly pairs = new Map<string, readonly [NodeId, NodeId]>();
  admitted = 0;
  relaysEnded = 0;
  /** Has those part who met at this relay. */
  readonly relaysOver = new AbortController();
  onAdmit: (bytes: number) => Promise<void> = async () => {};

  relayed(token: string, { nodeId }: KnownRemote): RelayPass | undefined {
    const [one, two] = this.pairs.get(token) ?? [];
    if (!one || !two || (nodeId !== one && nodeId !== two)) return undefined;
    return {
      other: nodeId === one ? two : one,
      signal: this.relaysOver.signal,
      admit: (bytes) => {
        this.admitted += bytes;
        return this.onAdmit(bytes);
      },
      ended: () => {
        this.relaysEnded++;
      },
    };
  }

  accepts(remote: Remote): boolean {
    return this.isWelcome(remote);
  }

  misbehaved(remote: Remote, why: string): void {
    this.misdeeds.push({ remote, why });
    this.onMisdeed(why);
  }
}
