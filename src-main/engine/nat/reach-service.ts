import { formatAddress, type PeerTarget } from '../../contract/address.ts';
import { AppError, toAppError } from '../../contract/errors.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, IncomingRequest, KnownRemote, Links, OutgoingResponse, Remote } from '../ports/index.ts';
import { RateWindow } from '../rate-window.ts';
import { RateWindows } from '../rate-windows.ts';
import { errorAnswer, jsonAnswer, readJson } from '../wire/http-answer.ts';
import { PROBE_BYTES, PROBES, REACH_TESTS, SMALL_ANSWER_BYTES } from '../wire/limits.ts';
import { type ReachAnswer, reachRequestSchema } from '../wire/reach.ts';
import { blockKey } from './call-peer.ts';

export type ReachServiceDeps = {
  readonly clock: Clock;
  readonly links: Links;
  readonly settings: () => Settings;
  /** How fast this peer sends, bytes a second; undefined while nothing was measured. */
  readonly lineUp: () => number | undefined;
  /** The asker wants this dialled: that it failed before counts no more. */
  readonly forgive: (target: PeerTarget) => void;
  readonly strike: (remote: Remote, why: string) => void;
};

const PROBE_BODY = new Uint8Array(PROBE_BYTES.down);
const MINUTE_MS = 60_000;
const MAX_BLOCKS = 10_000;
const RETRY_AFTER = { 'retry-after': '60' };

/** What a supernode does for peers that want to know whether they can be reached, and how fast their line is. */
export class ReachService {
  readonly #deps: ReachServiceDeps;
  readonly #tests = new Desk();
  readonly #sends = new Desk();
  readonly #takes = new Desk();
  readonly #sentBytes = new RateWindow(MINUTE_MS);

  constructor(deps: ReachServiceDeps) {
    this.#deps = deps;
  }

  /** `/reach` and `/probe`; undefined for other paths. */
  async handle(request: IncomingRequest): Promise<OutgoingResponse | undefined> {
    const { method, path, remote } = request;
    const isReach = path === '/reach' && method === 'POST';
    if (!isReach && !(path === '/probe' && (method === 'GET' || method === 'POST'))) return undefined;
    const { nodeId, address } = remote;
    if (nodeId === undefined) return refusal(403, remote, 'a certificate is needed');
    if (!this.#admits({ nodeId, address }, isReach ? 'reach' : method)) return errorAnswer(503, busy(), RETRY_AFTER);
    if (isReach) return this.#reach(request, { nodeId, address });
    if (method === 'GET') return { status: 200, body: PROBE_BODY };
    await request.body(PROBE_BYTES.up);
    return jsonAnswer({});
  }

  /** Each has a budget of its own, so that who draws probes keeps nobody from a call-back. */
  #admits(asker: KnownRemote, wanted: string): boolean {
    const nowMs = this.#deps.clock.monotonicMs();
    if (wanted === 'reach') return this.#tests.admits(asker, nowMs, REACH_TESTS);
    if (wanted !== 'GET') return this.#takes.admits(asker, nowMs, PROBES);
    return this.#sends.admits(asker, nowMs, PROBES) && this.#sentBytes.tryTake(nowMs, PROBE_BYTES.down, this.#bytes());
  }

  /** Of probes sent in a minute. */
  #bytes(): number {
    const lineUp = this.#deps.lineUp();
    return lineUp === undefined ? PROBES.bytes : (lineUp * MINUTE_MS) / 1000 / PROBES.linePart;
  }

  /** Dials only the IP that the asker is seen from, and expects the asker there: nobody else can be made a target. */
  async #reach(request: IncomingRequest, asker: KnownRemote): Promise<OutgoingResponse> {
    const wanted = readJson(reachRequestSchema, { body: await request.body(SMALL_ANSWER_BYTES) });
    if (!wanted) {
      this.#deps.strike(request.remote, 'a malformed request for a call-back');
      return refusal(400, request.remote, 'not a port');
    }
    const to = { nodeId: asker.nodeId, address: { host: asker.address.host, port: wanted.port } };
    const seen = formatAddress(to.address);
    // It may have opened its port a moment ago; how often it may ask is limited by itself.
    this.#deps.forgive(to);
    try {
      const timeoutMs = this.#deps.settings()['overlay.dial-timeout'];
      await this.#deps.links.request(to, { method: 'GET', path: '/about', maxBytes: SMALL_ANSWER_BYTES, timeoutMs });
      return jsonAnswer({ reached: true, seen } satisfies ReachAnswer);
    } catch (thrown) {
      const { code } = toAppError(thrown);
      // Not dialled now, which says nothing about the asker.
      if (code === 'peer.dial-limited') return errorAnswer(503, busy(), RETRY_AFTER);
      return jsonAnswer({ reached: false, seen } satisfies ReachAnswer);
    }
  }
}

/** Counts what is asked in a minute, of one block and of all. */
class Desk {
  readonly #blocks = new RateWindows({ windowMs: MINUTE_MS, maxKeys: MAX_BLOCKS });
  readonly #all = new RateWindow(MINUTE_MS);

  admits(asker: KnownRemote, nowMs: number, limits: { readonly perBlock: number; readonly inAll: number }): boolean {
    const isFine = this.#blocks.tryTake(blockKey(asker), { nowMs, cost: 1, limit: limits.perBlock });
    return isFine && this.#all.tryTake(nowMs, 1, limits.inAll);
  }
}

const busy = (): AppError => new AppError('peer.busy', { address: 'this supernode' });

function refusal(status: number, { address }: Remote, why: string): OutgoingResponse {
  return errorAnswer(status, new AppError('peer.refused', { address: address.host, why }));
}
