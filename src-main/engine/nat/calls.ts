import type { KnownPeer } from '../../contract/address.ts';
import { AppError } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { CalledConnection, IncomingRequest, KnownRemote, OutgoingResponse, Random } from '../ports/index.ts';
import { randomId } from '../shuffle.ts';
import { CALL_TOKEN_MS, CALLS_OPEN } from '../wire/limits.ts';
import type { Call } from '../wire/messages/call.ts';
import type { CallOutcome } from '../wire/messages/called.ts';
import { CallAnswerer, type CallAnswererDeps } from './call-answerer.ts';
import { CallDesk, type CallDeskDeps } from './call-desk.ts';
import type { CallMessage, CallPeer } from './call-peer.ts';

export type CallsDeps = CallDeskDeps &
  CallAnswererDeps & {
    readonly random: Random;
    /** Whether this peer passes calls on itself. */
    readonly isSupernode: () => boolean;
    readonly parent: () => CallPeer | undefined;
    /** Where `host` can dial this peer; undefined while it does not listen. */
    readonly port: (host: string) => number | undefined;
  };

/** A source that may have to be called. */
export type Callable = { readonly nodeId: NodeId; readonly through?: KnownPeer | undefined };

type Waiting = {
  readonly source: NodeId;
  readonly came: (connection: CalledConnection) => void;
  readonly failed: (outcome: CallOutcome) => void;
};

const TOKEN_BYTES = 16;
const WHY: Readonly<Record<CallOutcome, string>> = {
  answered: 'it was called and did not come',
  failed: 'it was called and could not connect to this peer',
  absent: 'it is not there to be called',
  busy: 'too many calls',
  unreachable: 'the supernode to call it through does not answer',
};

/** Reverse calls (protocol section 11), all three sides: who asks, who passes on, who answers. */
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

  /** Has a source dial this peer. Fails with peer.unreachable or peer.timeout. */
  open(callable: Callable, signal?: AbortSignal): Promise<CalledConnection> {
    const { clock, random, port: portNow, isSupernode, parent } = this.#deps;
    const { nodeId: source, through } = callable;
    const token = randomId(random, TOKEN_BYTES);
    // Whoever passes the call on first tells the source where this peer is seen.
    const first = isSupernode() ? through : parent();
    const port = portNow(first?.address.host ?? '');
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const fail = (outcome: CallOutcome) => finish(() => reject(unreachable(source, WHY[outcome])));
      if (port === undefined || this.#waiting.size >= CALLS_OPEN) return reject(unreachable(source, WHY.busy));
      const finish = (end: () => void) => {
        this.#waiting.delete(token);
        timer.cancel();
        signal?.removeEventListener('abort', onAbort);
        end();
      };
      const onAbort = () => finish(() => reject(signal?.reason));
      const timer = clock.setTimer(CALL_TOKEN_MS, () =>
        finish(() => reject(new AppError('peer.timeout', { address: source }))),
      );
      signal?.addEventListener('abort', onAbort, { once: true });
      const came = (connection: CalledConnection) => finish(() => resolve(connection));
      this.#waiting.set(token, { source, came, failed: fail });
      this.#send({ type: 'call', token, source, port, ...(through && { through }) });
    });
  }

  /** Somebody dials because it was called: it must be who was called with that token, and comes once. */
  reversed(token: string, { nodeId }: KnownRemote): ((connection: CalledConnection) => void) | undefined {
    const waiting = this.#waiting.get(token);
    return waiting?.source === nodeId ? waiting.came : undefined;
  }

  /** From the parent or the warm one. */
  fromParent(parent: CallPeer, message: CallMessage): void {
    if (message.type === 'call') void this.#answerer.answer(parent, message);
    else this.#called(message.token, message.outcome);
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

  #send(call: Call): void {
    const { isSupernode, parent } = this.#deps;
    if (isSupernode()) void this.#desk.pass(call).then((outcome) => this.#called(call.token, outcome));
    else if (!parent()?.send(call)) this.#called(call.token, 'unreachable');
  }

  /** The connection that tells of success may still be on its way. */
  #called(token: string, outcome: CallOutcome): void {
    if (outcome !== 'answered') this.#waiting.get(token)?.failed(outcome);
  }
}

const unreachable = (node: NodeId, why: string): AppError => new AppError('peer.unreachable', { address: node, why });
