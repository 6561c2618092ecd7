import { formatAddress } from '../../contract/address.ts';
import { AppError } from '../../contract/errors.ts';
import { type ContentHash, isContentHash } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Links, Random, Timer } from '../ports/index.ts';
import { pick } from '../shuffle.ts';
import { holdingSchema } from '../wire/holding.ts';
import { readJson } from '../wire/http-answer.ts';
import { SMALL_ANSWER_BYTES } from '../wire/limits.ts';
import type { ByeCode } from '../wire/messages/bye.ts';
import type { SupernodeEntry } from '../wire/messages/supernode-entry.ts';
import type { Welcome } from '../wire/messages/welcome.ts';
import type { SessionMessage } from '../wire/session-message.ts';
import { SINCE } from '../wire/version.ts';
import type { Fitness } from './election/fitness.ts';
import type { Greeted } from './handshake.ts';
import {
  MetadataUpload,
  type MetadataUploadDeps,
  type UploadAnswer,
  type Uploaded,
  type UploadTarget,
} from './metadata-upload.ts';
import type { UploadLoad, VoteCarrier } from './overlay-deps.ts';
import { type SelfView, toHello } from './self-view.ts';
import type { Session, SessionEnd } from './session.ts';

export type ParentLinkDeps = MetadataUploadDeps & {
  readonly settings: () => Settings;
  readonly links: Links;
  readonly self: SelfView;
  readonly load: () => UploadLoad;
  readonly onLoad: (listener: () => void) => () => void;
  readonly fitness: Pick<Fitness, 'fit' | 'upSeconds' | 'reachable' | 'onChange'>;
  /** A supernode took this peer as its child. */
  readonly isChild: () => void;
  readonly votes?: VoteCarrier | undefined;
  /** The parent wants this peer to be a supernode. */
  readonly invited: (urgent: boolean) => void;
  /** What a supernode of this epoch was given before; kept by the caller over sessions. */
  readonly uploadedTo: (session: Session, epoch: string) => Uploaded;
  readonly message: (link: ParentLink, message: SessionMessage) => void;
  readonly leaving: (link: ParentLink, successors: readonly SupernodeEntry[]) => void;
  /** Called once when the link ends or is of no use; not after `close`. */
  readonly lost: (link: ParentLink, why: string) => void;
};

/** Uploads change many times a second; a parent needs to know within seconds. */
const LOAD_COALESCE_MS = 1000;

/** A leaf's session with a supernode: its parent, or the warm second one until `promote`. */
export class ParentLink {
  readonly session: Session;
  readonly #deps: ParentLinkDeps;
  #role: 'parent' | 'standby';
  #sinceMs: number;
  #upload: MetadataUpload | undefined;
  #uploaded: Uploaded | undefined;
  #loadTimer: Timer | undefined;
  #promotionTimer: Timer | undefined;
  #stopTelling: (() => void) | undefined;
  #isClosed = false;

  constructor(deps: ParentLinkDeps, { session, welcome }: Greeted, role: 'parent' | 'standby') {
    this.#deps = deps;
    this.session = session;
    this.#role = role;
    this.#sinceMs = deps.clock.monotonicMs();
    session.receive({ message: (message) => this.#take(message), ended: (end) => this.#ended(end) });
    // What came with the welcome was taken just now: it may have been the end.
    if (role === 'parent' && !this.#isClosed) this.#serveAsChild(welcome);
  }

  get role(): 'parent' | 'standby' {
    return this.#role;
  }

  /** Monotonic ms since which it is what it is. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  /** One file that it took of this peer, any; undefined when it took none. */
  indexedHash(random: Random): ContentHash | undefined {
    const key = pick(random, [...(this.#uploaded?.files.keys() ?? [])]);
    const hash = key?.slice(0, key.indexOf(':'));
    return hash !== undefined && isContentHash(hash) ? hash : undefined;
  }

  /** The warm one becomes the parent: it is told, and gets the metadata when it has answered. */
  promote(): void {
    if (this.#role === 'parent') return;
    this.#role = 'parent';
    this.#sinceMs = this.#deps.clock.monotonicMs();
    this.session.send(toHello(this.#deps.self, 'leaf', this.session.host));
    const timeoutMs = this.#deps.settings()['overlay.request-timeout'];
    this.#promotionTimer = this.#deps.clock.setTimer(timeoutMs, () => this.#giveUp('no welcome'));
  }

  /** Ends the link without telling `lost`. Idempotent. */
  close(code: ByeCode, why: string): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#quiet();
    this.session.close(code, why);
  }

  #take(message: SessionMessage): void {
    switch (message.type) {
      case 'welcome':
        this.#welcomed(message);
        return;
      case 'leaving':
        this.#deps.leaving(this, message.successors);
        return;
      case 'load':
        return;
      case 'invite':
        if (this.#role === 'parent') this.#deps.invited(message.urgent);
        else this.session.misbehaved('an invitation from a stranger');
        return;
      case 'hello':
      case 'query':
      case 'more':
      case 'stop':
        this.session.misbehaved(`${message.type} from a parent`);
        return;
      default:
        this.#deps.message(this, message);
        return;
    }
  }

  #welcomed(welcome: Welcome): void {
    if (!this.#promotionTimer) {
      this.session.misbehaved('a welcome without a hello');
      return;
    }
    this.#promotionTimer.cancel();
    this.#promotionTimer = undefined;
    if (welcome.accepted) this.#serveAsChild(welcome);
    else this.#giveUp('it has no place');
  }

  #serveAsChild(welcome: Welcome): void {
    const target: UploadTarget = {
      maxFiles: this.#deps.settings()['supernode.child-files'],
      send: (packed, batch) => this.#sendBatch(welcome.session, packed, batch),
      failed: (error) => this.#giveUp(error.message),
    };
    const uploaded = this.#deps.uploadedTo(this.session, welcome.epoch);
    this.#uploaded = uploaded;
    this.#deps.isChild();
    this.#upload = new MetadataUpload(this.#deps, target, uploaded);
    this.#upload.start(welcome.holding);
    this.#tellLoad();
    const changed = () => {
      this.#loadTimer ??= this.#deps.clock.setTimer(LOAD_COALESCE_MS, () => {
        this.#loadTimer = undefined;
        this.#tellLoad();
      });
    };
    const stops = [this.#deps.onLoad(changed), this.#deps.fitness.onChange(changed)];
    const { votes } = this.#deps;
    if (votes && this.session.knows(SINCE.votes)) stops.push(votes.toParent((message) => this.session.send(message)));
    this.#stopTelling = () => {
      for (const stop of stops) stop();
    };
  }

  #tellLoad(): void {
    const { fit, upSeconds, reachable } = this.#deps.fitness;
    const port = this.#deps.self.newPortTowards(this.session.host);
    const told = { ...(reachable !== undefined && { reachable }), ...(port !== undefined && { port }) };
    this.session.send({ type: 'load', ...this.#deps.load(), fit, upSeconds, ...told });
  }

  async #sendBatch(
    sessionId: string,
    body: Uint8Array,
    { sequence, reset }: { readonly sequence: number; readonly reset: boolean },
  ): Promise<UploadAnswer> {
    const { nodeId, address } = this.session;
    const path = `/children/self/files?session=${sessionId}&sequence=${sequence}${reset ? '&reset=1' : ''}`;
    const headers = { 'content-type': 'application/xml', 'content-encoding': 'gzip' };
    const timeoutMs = this.#deps.settings()['overlay.request-timeout'];
    const request = { method: 'POST', path, headers, body, maxBytes: SMALL_ANSWER_BYTES, timeoutMs } as const;
    const slow = this.#deps.clock.setTimer(timeoutMs / 2, () => this.session.pingNow());
    try {
      const response = await this.#deps.links.request({ nodeId, address }, request);
      return readUploadAnswer(response, formatAddress(address));
    } finally {
      slow.cancel();
    }
  }

  #ended(end: SessionEnd): void {
    this.#giveUp(end.why);
  }

  #giveUp(why: string): void {
    if (this.#isClosed) return;
    this.close('stopping', why);
    this.#deps.lost(this, why);
  }

  #quiet(): void {
    this.#upload?.stop();
    this.#stopTelling?.();
    this.#loadTimer?.cancel();
    this.#promotionTimer?.cancel();
  }
}

function readUploadAnswer(
  response: { readonly status: number; readonly body: Uint8Array },
  address: string,
): UploadAnswer {
  const holding = readJson(holdingSchema, response);
  if (response.status === 200 && holding) return holding;
  if (response.status === 413) return 'full';
  if (response.status === 503 || response.status === 429) throw new AppError('peer.busy', { address });
  throw new AppError('peer.refused', { address, why: `an upload was answered with ${response.status}` });
}
