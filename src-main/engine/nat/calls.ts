import type { KnownPeer, PeerAddress } from '../../contract/address.ts';
import { AppError } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import type {
  CalledConnection,
  IncomingRequest,
  KnownRemote,
  Links,
  OutgoingResponse,
  Random,
} from '../ports/index.ts';
import { randomId } from '../shuffle.ts';
import { CALL_TOKEN_MS, CALLS_OPEN } from '../wire/limits.ts';
import type { Call, CallWay } from '../wire/messages/call.ts';
import type { CallOutcome } from '../wire/messages/called.ts';
import { CallAnswerer, type CallAnswererDeps } from './call-answerer.ts';
import { type CallAnswer, CallDesk, type CallDeskDeps } from './call-desk.ts';
import type { CallMessage, CallPeer } from './call-peer.ts';
import { checkPort } from './check-port.ts';

export type CallsDeps = Omit<CallDeskDeps, 'links'> &
  Omit<CallAnswererDeps, 'links'> & {
    readonly links: Pick<Links, 'request' | 'reverse' | 'openHole' | 'meet'>;
    readonly random: Random;
    /** Whether this peer passes calls on itself. */
    readonly isSupernode: () => boolean;
    readonly parent: () => CallPeer | undefined;
  };

/** A source that may have to be called. */
export type Callable = { readonly nodeId: NodeId; readonly through?: KnownPeer | undefined };

type Waiting = {
  readonly source: NodeId;
  /** Undefined where the source is not to dial this peer. */
  readonly came: ((connection: CalledConnection) => void) | undefined;
  readonly answered: (answer: CallAnswer) => void;
};

const TOKEN_BYTES = 16;
const WHY: Readonly<Record<CallOutcome, string>> = {
  answered: 'it was called and did not come',
  ready: 'it was called and did not come',
  failed: 'it was called and could not connect to this peer',
  absent: 'it is not there to be called',
  busy: 'too many calls',
  unreachable: 'the supernode to call it through does not answer',
  'no-relay': 'the supernode to call it through is no relay, or has too much to carry',
};

/** Calls (protocol section 11), all three sides: who asks, who passes on, who answers. */
export class Calls {
  readonly #deps: CallsDeps;
  readonly #desk: CallDesk;
  readonly #answerer: CallAnswerer;
  readonly #waiting = new Map<string, Waiting>();

  constructor(deps: CallsDeps) {
    this.#deps = deps;
    this.#desk = new CallDesk(deps);
    this.#answerer = new CallAnswerer(deps);
  }

  /** Whether a call to it can be tried now. */
  canCall({ nodeId, through }: Callable): boolean {
    const { isSupernode, parent, child } = this.#deps;
    if (isSupernode()) return through !== undefined || child(nodeId) !== undefined;
    return through !== undefined && parent() !== undefined;
  }

  /** Whether both sides can be had dial at once: a parent must see this peer. */
  canPunch(callable: Callable): boolean {
    return !this.#deps.isSupernode() && this.canCall(callable);
  }

  /** Has a source dial this peer. Fails with peer.unreachable or peer.timeout. */
  async open(callable: Callable, signal?: AbortSignal): Promise<CalledConnection> {
    const { promise, resolve } = Promise.withResolvers<CalledConnection>();
    const asking = this.#ask(callable, { came: resolve, signal }).then(({ outcome }) => {
      throw unreachable(callable.nodeId, outcome);
    });
    return Promise.race([promise, asking]);
  }

  /** Has a source dial at the same time as this peer, each from a port that the other one knows. Fails with peer.*. */
  async punch(callable: Callable, signal?: AbortSignal): Promise<CalledConnection> {
    const { parent, links, witness, clock } = this.#deps;
    const to = parent();
    if (!to) throw unreachable(callable.nodeId, 'unreachable');
    const hole = await links.openHole(to, signal);
    try {
      const { through } = callable;
      const other = through?.nodeId === to.nodeId ? undefined : through;
      await checkPort(hole, witness(to.nodeId) ?? other, { clock, signal });
      const { outcome, at } = await this.#ask(callable, { way: 'punch', port: hole.seen.port, signal });
      if (outcome !== 'ready' || !at) throw unreachable(callable.nodeId, outcome);
      return (await hole.punch({ nodeId: callable.nodeId, address: at }, signal)).ask();
    } finally {
      hole.close();
    }
  }

  /** Meets a source at its parent, if that one is a relay. Fails with peer.*. */
  async relay(callable: Callable, signal?: AbortSignal): Promise<CalledConnection> {
    const { through, nodeId } = callable;
    if (!through) throw unreachable(nodeId, 'no-relay');
    const token = this.#newToken();
    const { outcome } = await this.#ask(callable, { way: 'relay', token, signal });
    if (outcome !== 'ready') throw unreachable(nodeId, outcome);
    return (await this.#deps.links.meet(nodeId, { ...through, token }, signal)).ask();
  }

  /** Somebody dials because it was called: it must be who was called with that token, and comes once. */
  reversed(token: string, { nodeId }: KnownRemote): ((connection: CalledConnection) => void) | undefined {
    const waiting = this.#waiting.get(token);
    if (waiting?.source !== nodeId || !waiting.came) return undefined;
    this.#waiting.delete(token);
    return waiting.came;
  }

  /** From the parent or the warm one. */
  fromParent(parent: CallPeer, message: CallMessage): void {
    if (message.type === 'call') void this.#answerer.answer(parent, message);
    else this.#waiting.get(message.token)?.answered(message);
  }

  /** From a leaf that is here. */
  fromChild(child: CallPeer, message: CallMessage): void {
    if (message.type === 'call') void this.#desk.fromChild(child, message);
    else this.#desk.answered(child, message);
  }

  /** `POST /call`; undefined for everything else. */
  handle(request: IncomingRequest): Promise<OutgoingResponse | undefined> {
    return this.#desk.handle(request);
  }

  stop(): void {
    this.#answerer.stop();
  }

  #newToken(): string {
    return randomId(this.#deps.random, TOKEN_BYTES);
  }

  /** What became of a call, unless the source has come. Fails with peer.timeout, or the signal's reason. */
  #ask(
    { nodeId: source, through }: Callable,
    { way, came, signal, token = this.#newToken(), port = this.#portFor(through) }: Asking,
  ): Promise<CallAnswer> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (port === undefined || this.#waiting.size >= CALLS_OPEN) return resolve({ outcome: 'busy' });
      const finish = (end: () => void) => {
        this.#waiting.delete(token);
        timer.cancel();
        signal?.removeEventListener('abort', onAbort);
        end();
      };
      const onAbort = () => finish(() => reject(signal?.reason));
      const late = new AppError('peer.timeout', { address: source });
      const timer = this.#deps.clock.setTimer(CALL_TOKEN_MS, () => finish(() => reject(late)));
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.set(token, {
        source,
        came: came && ((connection) => finish(() => came(connection))),
        answered: (answer) => {
          // The connection that this is about is here already, or on its way: until it comes the token is good.
          if (answer.outcome !== 'answered') finish(() => resolve(answer));
        },
      });
      this.#send({ type: 'call', token, source, port, ...(way && { way }), ...(through && { through }) });
    });
  }

  /** Whoever passes the call on first tells the source where this peer is seen. */
  #portFor(through: KnownPeer | undefined): number | undefined {
    const { isSupernode, parent, port } = this.#deps;
    const first = isSupernode() ? through : parent();
    return port(first?.address.host ?? '');
  }

  #send(call: Call): void {
    const { isSupernode, parent } = this.#deps;
    const answered = (answer: CallAnswer) => this.#waiting.get(call.token)?.answered(answer);
    if (isSupernode()) void this.#desk.pass(call).then(answered);
    else if (!parent()?.send(call)) answered({ outcome: 'unreachable' });
  }
}

type Asking = {
  readonly way?: CallWay;
  readonly came?: (connection: CalledConnection) => void;
  readonly signal: AbortSignal | undefined;
  readonly token?: string;
  readonly port?: PeerAddress['port'] | undefined;
};

const unreachable = (node: NodeId, outcome: CallOutcome): AppError =>
  new AppError('peer.unreachable', { address: node, why: WHY[outcome] });
