import { formatAddress } from '../../contract/address.ts';
import { toAppError } from '../../contract/errors.ts';
import type { Clock, Links, Logger } from '../ports/index.ts';
import { RateWindow } from '../rate-window.ts';
import { RateWindows } from '../rate-windows.ts';
import { CALLS_TAKEN } from '../wire/limits.ts';
import type { Call } from '../wire/messages/call.ts';
import type { CallOutcome } from '../wire/messages/called.ts';
import { type CallPeer, callerKey } from './call-peer.ts';

export type CallAnswererDeps = {
  readonly clock: Clock;
  readonly links: Pick<Links, 'reverse'>;
  readonly logger: Logger;
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
    const { token } = call;
    const outcome = await this.#dial(parent, call);
    parent.send({ type: 'called', token, outcome });
  }

  /** Calls that are being answered end. */
  stop(): void {
    this.#stopped.abort();
  }

  async #dial({ nodeId, address: { host } }: CallPeer, { token, asker, port }: Call): Promise<CallOutcome> {
    const { clock, links, logger } = this.#deps;
    const nowMs = clock.monotonicMs();
    const to = asker ?? { nodeId, address: { host, port } };
    const isFine = this.#callers.tryTake(callerKey(to), { nowMs, cost: 1, limit: CALLS_TAKEN.perAddress });
    if (!isFine || !this.#all.tryTake(nowMs, 1, CALLS_TAKEN.aMinute)) return 'busy';
    try {
      await links.reverse(to, token, this.#stopped.signal);
      return 'answered';
    } catch (thrown) {
      const { code, message: why } = toAppError(thrown);
      logger.debug('a call was not answered', { node: to.nodeId, address: formatAddress(to.address), why });
      return code === 'peer.dial-limited' ? 'busy' : 'failed';
    }
  }
}
