import { formatAddress, type KnownPeer } from '../../contract/address.ts';
import { narrowBlock } from '../../contract/address-block.ts';
import { AppError, toAppError } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import { toUtf8 } from '../../contract/utf8.ts';
import type { Clock, IncomingRequest, Links, Logger, OutgoingResponse, Remote } from '../ports/index.ts';
import { RateWindows } from '../rate-windows.ts';
import { errorAnswer, jsonAnswer, readJson } from '../wire/http-answer.ts';
import { CALLS_OPEN, CALLS_PASSED, CALLS_TAKEN, SMALL_ANSWER_BYTES } from '../wire/limits.ts';
import { type Call, callSchema } from '../wire/messages/call.ts';
import { type Called, type CallOutcome, calledSchema } from '../wire/messages/called.ts';
import { type CallPeer, callerKey } from './call-peer.ts';

export type CallDeskDeps = {
  readonly clock: Clock;
  readonly links: Pick<Links, 'request'>;
  readonly logger: Logger;
  readonly settings: () => Settings;
  readonly self: NodeId;
  /** A leaf that is here now. */
  readonly child: (nodeId: NodeId) => CallPeer | undefined;
  readonly strike: (remote: Remote, why: string) => void;
};

type Waiting = { readonly source: NodeId; readonly settle: (outcome: CallOutcome) => void };

const MINUTE_MS = 60_000;
/** Children and address blocks whose calls are counted. */
const MAX_KEYS = 10_000;

/** What a supernode does with calls: brings those of its children to the source's parent, and those for its children to them. */
export class CallDesk {
  readonly #deps: CallDeskDeps;
  /** Calls brought to a child that has not answered, by token. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #passed = new RateWindows({ windowMs: MINUTE_MS, maxKeys: MAX_KEYS });
  readonly #blocks = new RateWindows({ windowMs: MINUTE_MS, maxKeys: MAX_KEYS });
  readonly #askers = new RateWindows({ windowMs: MINUTE_MS, maxKeys: MAX_KEYS });
  readonly #taken = new RateWindows({ windowMs: MINUTE_MS, maxKeys: MAX_KEYS });

  constructor(deps: CallDeskDeps) {
    this.#deps = deps;
  }

  /** A child calls. Who it is and where is what its session shows, whatever it says. */
  async fromChild(child: CallPeer, call: Call): Promise<void> {
    const { nodeId, address } = child;
    const asker = { nodeId, address: { host: address.host, port: call.port } };
    const isFine = this.#take(this.#passed, nodeId, CALLS_PASSED.perChild);
    const outcome = isFine ? await this.pass({ ...call, asker }) : 'busy';
    child.send({ type: 'called', token: call.token, outcome });
  }

  /** Brings a call to the source, which is a child here or of another supernode. Never rejects. */
  pass(call: Call): Promise<CallOutcome> {
    const { through, ...rest } = call;
    return through === undefined || through.nodeId === this.#deps.self ? this.#bring(rest) : this.#post(rest, through);
  }

  /** A child says what became of a call. */
  answered({ nodeId }: CallPeer, { token, outcome }: Called): void {
    const waiting = this.#waiting.get(token);
    if (waiting?.source === nodeId) waiting.settle(outcome);
  }

  /** `POST /call`; undefined for everything else. */
  async handle(request: IncomingRequest): Promise<OutgoingResponse | undefined> {
    if (request.path !== '/call' || request.method !== 'POST') return undefined;
    const { nodeId, address } = request.remote;
    if (nodeId === undefined) return refusal(403, request.remote, 'a certificate is needed');
    const isFine = this.#take(this.#blocks, narrowBlock(address.host), CALLS_PASSED.perBlock);
    const call = readJson(callSchema, { body: await request.body(SMALL_ANSWER_BYTES) });
    if (!call) {
      this.#deps.strike(request.remote, 'a malformed call');
      return refusal(400, request.remote, 'not a call');
    }
    const asker = call.asker ?? { nodeId, address: { host: address.host, port: call.port } };
    const outcome = isFine ? await this.#bring({ ...call, asker }) : 'busy';
    return jsonAnswer({ type: 'called', token: call.token, outcome } satisfies Called);
  }

  #take(windows: RateWindows, key: string, limit: number): boolean {
    return windows.tryTake(key, { nowMs: this.#deps.clock.monotonicMs(), cost: 1, limit });
  }

  async #post(call: Call, { nodeId, address }: KnownPeer): Promise<CallOutcome> {
    const { links, settings, logger } = this.#deps;
    // The source may take its whole dial time-out before it answers.
    const timeoutMs = settings()['overlay.dial-timeout'] + settings()['overlay.request-timeout'];
    const headers = { 'content-type': 'application/json' };
    const body = toUtf8(JSON.stringify(call));
    const request = { method: 'POST', path: '/call', headers, body, maxBytes: SMALL_ANSWER_BYTES, timeoutMs } as const;
    try {
      const response = await links.request({ nodeId, address }, request);
      const called = readJson(calledSchema, response);
      if (response.status === 404) return 'absent';
      return response.status === 200 && called?.token === call.token ? called.outcome : 'unreachable';
    } catch (thrown) {
      const why = toAppError(thrown).message;
      logger.debug('a call was not passed on', { to: nodeId, address: formatAddress(address), why });
      return 'unreachable';
    }
  }

  /** To a child of this supernode. */
  #bring({ type, token, source, port, asker }: Call): Promise<CallOutcome> {
    const { child, clock, settings } = this.#deps;
    const peer = child(source);
    if (!peer) return Promise.resolve('absent');
    if (this.#waiting.has(token) || this.#waiting.size >= CALLS_OPEN) return Promise.resolve('busy');
    const isFine = !asker || this.#take(this.#askers, callerKey(asker), CALLS_PASSED.perAddress);
    if (!isFine || !this.#take(this.#taken, source, CALLS_TAKEN.aMinute)) return Promise.resolve('busy');
    const { promise, resolve } = Promise.withResolvers<CallOutcome>();
    const settle = (outcome: CallOutcome) => {
      timer.cancel();
      this.#waiting.delete(token);
      resolve(outcome);
    };
    const timer = clock.setTimer(settings()['overlay.dial-timeout'] * LATE, () => settle('absent'));
    this.#waiting.set(token, { source, settle });
    if (!peer.send({ type, token, source, port, ...(asker && { asker }) })) settle('absent');
    return promise;
  }
}

/** Of the time that a dial may take: the source answers when its dial has ended. */
const LATE = 1.5;

function refusal(status: number, { address }: Remote, why: string): OutgoingResponse {
  return errorAnswer(status, new AppError('peer.refused', { address: address.host, why }));
}
