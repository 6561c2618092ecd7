import type { KnownPeer } from '../../contract/address.ts';
import { toAppError } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, Links, Logger } from '../ports/index.ts';
import { RateWindows } from '../rate-windows.ts';
import { setLast } from '../set-last.ts';
import { aboutSchema } from '../wire/about.ts';
import { readJson } from '../wire/http-answer.ts';
import { SMALL_ANSWER_BYTES, SUPERNODE_CHECKS } from '../wire/limits.ts';
import { blockKey } from './call-peer.ts';

export type SupernodeCheckDeps = {
  readonly clock: Clock;
  readonly links: Pick<Links, 'request'>;
  readonly logger: Logger;
  readonly settings: () => Settings;
  /** Whether this peer has reached it as a supernode already, or has a session with it as one. */
  readonly isKnownSupernode: (nodeId: NodeId) => boolean;
};

type Checked = { readonly untilMs: number; readonly outcome: Promise<boolean> };

const MINUTE_MS = 60_000;
/** Half of all supernodes are gone within the hour, and one that was not reached may be soon. */
const GOOD_MS = 10 * MINUTE_MS;
const MAX_CHECKED = 1000;
const MAX_BLOCKS = 1000;

/**
 * Whether a stranger is the supernode that it says it is. In a large network most supernodes do not know each other: such a one is asked at
 * the address that it is seen from, as a peer that has nothing but a certificate could not be. It is not remembered as one to join.
 */
export class SupernodeCheck {
  readonly #deps: SupernodeCheckDeps;
  readonly #checked = new Map<NodeId, Checked>();
  readonly #blocks = new RateWindows({ windowMs: MINUTE_MS, maxKeys: MAX_BLOCKS });

  constructor(deps: SupernodeCheckDeps) {
    this.#deps = deps;
  }

  /** `peer.address`: its host as seen, its port as it says. Never rejects. */
  isSupernode(peer: KnownPeer): Promise<boolean> {
    const { clock, isKnownSupernode } = this.#deps;
    const { nodeId } = peer;
    if (isKnownSupernode(nodeId)) return Promise.resolve(true);
    const nowMs = clock.monotonicMs();
    const checked = this.#checked.get(nodeId);
    if (checked && nowMs < checked.untilMs) return checked.outcome;
    if (!this.#blocks.tryTake(blockKey(peer), { nowMs, cost: 1, limit: SUPERNODE_CHECKS }))
      return Promise.resolve(false);
    const outcome = this.#ask(peer);
    this.#note(nodeId, { untilMs: nowMs + MINUTE_MS, outcome });
    void outcome.then((isOne) => isOne && this.#note(nodeId, { untilMs: nowMs + GOOD_MS, outcome }));
    return outcome;
  }

  #note(nodeId: NodeId, checked: Checked): void {
    setLast(this.#checked, [nodeId, checked], MAX_CHECKED);
  }

  async #ask({ nodeId, address }: KnownPeer): Promise<boolean> {
    const { links, settings, logger } = this.#deps;
    const timeoutMs = settings()['overlay.request-timeout'];
    const request = { method: 'GET', path: '/about', maxBytes: SMALL_ANSWER_BYTES, timeoutMs } as const;
    try {
      const response = await links.request({ nodeId, address }, request);
      return response.status === 200 && readJson(aboutSchema, response)?.role === 'supernode';
    } catch (thrown) {
      logger.debug('who passes a call on was not reached', { node: nodeId, why: toAppError(thrown).message });
      return false;
    }
  }
}
