import { formatAddress, type KnownPeer, type PeerAddress } from '../../contract/address.ts';
import { toAppError } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { Clock, Links, Logger } from '../ports/index.ts';
import { RateWindow } from '../rate-window.ts';
import { RateWindows } from '../rate-windows.ts';
import { CALLS_TAKEN } from '../wire/limits.ts';
import type { Call } from '../wire/messages/call.ts';
import type { CallOutcome } from '../wire/messages/called.ts';
import { type CallPeer, callerKey } from './call-peer.ts';
import { checkPort } from './check-port.ts';

export type CallAnswererDeps = {
  readonly clock: Clock;
  readonly links: Pick<Links, 'reverse' | 'openHole' | 'meet'>;
  readonly logger: Logger;
  /** Another supernode than this one, to be asked where it sees this peer. */
  readonly witness: (but: NodeId) => KnownPeer | undefined;
};

const MINUTE_MS = 60_000;
const MAX_CALLERS = 1000;

/** The called side: dials who calls, and serves on that connection. */
export class CallAnswerer {
  readonly #deps: CallAnswererDeps;
  readonly #all = new RateWindow(MINUTE_MS);
  readonly #callers = new RateWindows({ windowMs: MINUTE_MS, maxKeys: MAX_CALLERS });
  readonly #stopped = new AbortController();

  constructor(deps: CallAnswererDeps) {
    this.#deps = deps;
  }

  /** A parent passes a call on; without `asker` it is its own. */
  async answer(parent: CallPeer, call: Call): Promise<void> {
    const { token, way } = call;
    const to = call.asker ?? { nodeId: parent.nodeId, address: { host: parent.address.host, port: call.port } };
    const said = (outcome: CallOutcome, at?: PeerAddress) =>
      void parent.send({ type: 'called', token, outcome, ...(at && { at }) });
    if (!this.#takes(to)) return said('busy');
    try {
      if (way === 'punch') await this.#punch(parent, to, said);
      else if (way === 'relay') await this.#meet(parent, { to, token }, said);
      else {
        await this.#deps.links.reverse(to, token, this.#stopped.signal);
        said('answered');
      }
    } catch (thrown) {
      const { code, message: why } = toAppError(thrown);
      this.#deps.logger.debug('a call was not answered', {
        node: to.nodeId,
        way,
        address: formatAddress(to.address),
        why,
      });
      said(code === 'peer.dial-limited' ? 'busy' : 'failed');
    }
  }

  /** Calls that are being answered end. */
  stop(): void {
    this.#stopped.abort();
  }

  #takes(asker: KnownPeer): boolean {
    const nowMs = this.#deps.clock.monotonicMs();
    const isFine = this.#callers.tryTake(callerKey(asker), { nowMs, cost: 1, limit: CALLS_TAKEN.perAddress });
    return isFine && this.#all.tryTake(nowMs, 1, CALLS_TAKEN.aMinute);
  }

  async #punch(parent: CallPeer, to: KnownPeer, said: Said): Promise<void> {
    const { signal } = this.#stopped;
    const { links, witness, clock } = this.#deps;
    const hole = await links.openHole(parent, signal);
    try {
      await checkPort(hole, witness(parent.nodeId), { clock, signal });
      said('ready', hole.seen);
      (await hole.punch(to, signal)).serve();
    } finally {
      hole.close();
    }
  }

  /** The relay is the parent, at the address that this peer knows. */
  async #meet(
    { nodeId, address }: CallPeer,
    { to, token }: { readonly to: KnownPeer; readonly token: string },
    said: Said,
  ): Promise<void> {
    said('ready');
    (await this.#deps.links.meet(to.nodeId, { nodeId, address, token }, this.#stopped.signal)).serve();
  }
}

type Said = (outcome: CallOutcome, at?: PeerAddress) => void;
