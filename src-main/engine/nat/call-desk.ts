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
import { type Called, calledSchema } from '../wire/messages/called.ts';
import { type CallPeer, callerKey } from './call-peer.ts';
import type { Relays } from './relays.ts';
import { SupernodeCheck, type SupernodeCheckDeps } from './supernode-check.ts';

export type CallDeskDeps = {
  readonly clock: Clock;
  readonly links: Pick<Links, 'request'>;
  readonly logger: Logger;
  readonly settings: () => Settings;
  readonly self: NodeId;
  /** A leaf that is here now. */
  readonly child: (nodeId: NodeId) => CallPeer | undefined;
  readonly strike: (remote: Remote, why: string) => void;
  readonly isKnownSupernode: SupernodeCheckDeps['isKnownSupernode'];
  /** Where `host` can dial this peer; undefined while it does not listen. */
  readonly port: (host: string) => number | undefined;
  readonly relays: Pick<Relays, 'offer'>;
};

/** What became of a call; `at`: where a source is that is ready to dial. */
export type CallAnswer = Pick<Called, 'outcome' | 'at'>;
type Waiting = { readonly source: NodeId; readonly settle: (answer: CallAnswer) => void };
const GONE: CallAnswer = { outcome: 'absent' };
const BUSY: CallAnswer = { outcome: 'busy' };
const SILENT: CallAnswer = { outcome: 'unreachable' };

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
  readonly #pairs = new RateWindows({ windowMs: MINUTE_MS, maxKeys: MAX_KEYS });
  readonly #taken = new RateWindows({ windowMs: MINUTE_MS, maxKeys: MAX_KEYS });

  readonly #supernodes: SupernodeCheck;

  constructor(deps: CallDeskDeps) {
    this.#deps = deps;
    this.#supernodes = new SupernodeCheck(deps);
  }

  /** A child calls. Who it is and where is what its session shows, whatever it says. */
  async fromChild(child: CallPeer, call: Call): Promise<void> {
    const { nodeId, address } = child;
    const asker = { nodeId, address: { host: address.host, port: call.port } };
    const isFine = this.#take(this.#passed, nodeId, CALLS_PASSED.perChild);
    const answer = isFine ? await this.pass({ ...call, asker }) : BUSY;
    child.send({ type: 'called', token: call.token, ...answer });
  }

  /** Brings a call to the source, which is a child here or of another supernode. Never rejects. */
  pass(call: Call): Promise<CallAnswer> {
    const { through, ...rest } = call;
    return through === undefined || through.nodeId === this.#deps.self ? this.#bring(rest) : this.#post(rest, through);
  }

  /** A child says what became of a call. */
  answered({ nodeId, address }: CallPeer, { token, outcome, at }: Called): void {
    const waiting = this.#waiting.get(token);
    // Where it is its session shows, whatever it says.
    const seen = at && { at: { host: address.host, port: at.port } };
    if (waiting?.source === nodeId) waiting.settle({ outcome, ...seen });
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
    const sender = { nodeId, address: { host: address.host, port: call.port } };
    const { asker = sender } = call;
    // Where the source dials anybody: only who serves as a supernode has children to speak for.
    const isForeign = asker.nodeId !== nodeId || asker.address.host !== address.host;
    if (isFine && isForeign && !(await this.#supernodes.isSupernode(sender))) {
      return refusal(403, request.remote, 'no supernode, to call for another');
    }
    const answer = isFine ? await this.#bring({ ...call, asker }) : BUSY;
    return jsonAnswer({ type: 'called', token: call.token, ...answer } satisfies Called);
  }

  #take(windows: RateWindows, key: string, limit: number): boolean {
    return windows.tryTake(key, { nowMs: this.#deps.clock.monotonicMs(), cost: 1, limit });
  }

  /** What the source would refuse anyway is not counted as one of those that it takes of all: nobody uses them up for others. */
  #takeOf(asker: KnownPeer, source: NodeId): boolean {
    const key = callerKey(asker);
    const isFine = this.#take(this.#pairs, `${key} ${source}`, CALLS_TAKEN.perAddress);
    return isFine && this.#take(this.#askers, key, CALLS_PASSED.perAddress);
  }

  async #post(call: Call, { nodeId, address }: KnownPeer): Promise<CallAnswer> {
    const { links, settings, logger } = this.#deps;
    // The source may take its whole dial time-out before it answers.
    const timeoutMs = settings()['overlay.dial-timeout'] + settings()['overlay.request-timeout'];
    const headers = { 'content-type': 'application/json' };
    // For another the port is this peer's: there it shows that it is a supernode.
    const port = (call.asker && this.#deps.port(address.host)) ?? call.port;
    const body = toUtf8(JSON.stringify({ ...call, port }));
    const request = { method: 'POST', path: '/call', headers, body, maxBytes: SMALL_ANSWER_BYTES, timeoutMs } as const;
    try {
      const response = await links.request({ nodeId, address }, request);
      const called = readJson(calledSchema, response);
      if (response.status === 404) return GONE;
      return response.status === 200 && called?.token === call.token ? called : SILENT;
    } catch (thrown) {
      const why = toAppError(thrown).message;
      logger.debug('a call was not passed on', { to: nodeId, address: formatAddress(address), why });
      return SILENT;
    }
  }

  /** To a child of this supernode. */
  #bring({ type, token, source, port, asker, way }: Call): Promise<CallAnswer> {
    const { child, clock, settings, relays } = this.#deps;
    const peer = child(source);
    if (!peer) return Promise.resolve(GONE);
    if (this.#waiting.has(token) || this.#waiting.size >= CALLS_OPEN) return Promise.resolve(BUSY);
    if ((asker && !this.#takeOf(asker, source)) || !this.#take(this.#taken, source, CALLS_TAKEN.aMinute))
      return Promise.resolve(BUSY);
    if (way === 'relay' && !(asker && relays.offer(token, { asker, source }))) {
      return Promise.resolve({ outcome: 'no-relay' });
    }
    const { promise, resolve } = Promise.withResolvers<CallAnswer>();
    const settle = (answer: CallAnswer) => {
      timer.cancel();
      this.#waiting.delete(token);
      resolve(answer);
    };
    const timer = clock.setTimer(settings()['overlay.dial-timeout'] * LATE, () => settle(GONE));
    this.#waiting.set(token, { source, settle });
    if (!peer.send({ type, token, source, port, ...(asker && { asker }), ...(way && { way }) })) settle(GONE);
    return promise;
  }
}

/** Of the time that a dial may take: the source answers when its dial has ended. */
const LATE = 1.5;

function refusal(status: number, { address }: Remote, why: string): OutgoingResponse {
  return errorAnswer(status, new AppError('peer.refused', { address: address.host, why }));
}
