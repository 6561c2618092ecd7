import type { NodeId } from '../../src-main/contract/ids.ts';
import type {
  ContentClient,
  IncomingRequest,
  LinkHandler,
  Links,
  Remote,
  SessionLink,
} from '../../src-main/engine/ports/index.ts';
import { SystemClock } from '../../src-main/platform/system-clock.ts';
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
    maxMessageBytes: 128 * 1024,
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

type Recorded = { readonly remote: Remote; readonly why: string };

/** A LinkHandler that records what it is told; tests replace the parts that they are about. */
export class RecordingHandler implements LinkHandler {
  readonly requests: IncomingRequest[] = [];
  readonly sessions: SessionLink[] = [];
  readonly misdeeds: Recorded[] = [];
  answer: LinkHandler['request'] = async () => ({ status: 200 });
  onSession: (link: SessionLink) => void = () => {};
  onMisdeed: (why: string) => void = () => {};
  isWelcome: (remote: Remote) => boolean = () => true;

  request(request: IncomingRequest) {
    this.requests.push(request);
    return this.answer(request);
  }

  session(link: SessionLink): void {
    this.sessions.push(link);
    this.onSession(link);
  }

  accepts(remote: Remote): boolean {
    return this.isWelcome(remote);
  }

  misbehaved(remote: Remote, why: string): void {
    this.misdeeds.push({ remote, why });
    this.onMisdeed(why);
  }
}
