import { formatAddress, type PeerAddress } from '../../contract/address.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, KeepAlive, KeepAliveOptions, KnownRemote, Logger, SessionLink } from '../ports/index.ts';
import type { SearchPeer } from '../search/search-network.ts';
import { TokenBucket } from '../token-bucket.ts';
import { CHILD_MESSAGES, EARLY_MESSAGES } from '../wire/limits.ts';
import type { ByeCode } from '../wire/messages/bye.ts';
import { type DecodedMessage, decodeMessage, encodeMessage, type SessionMessage } from '../wire/session-message.ts';
import { compareVersion, knowsMinor, PROTOCOL_VERSION } from '../wire/version.ts';
import { ByteCount } from './byte-count.ts';
import { PingKeepAlive } from './keep-alive.ts';
import type { LastContact, SessionContact } from './last-contact.ts';

export type SessionDeps = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: () => Settings;
  readonly contact: Pick<LastContact, 'opened'>;
  /** Counts something that a well-behaved peer does not do. */
  readonly strike: (remote: KnownRemote, why: string) => void;
};

/** Why a session ended: a `bye` of either side, or `closed` (the link broke) or `silent` (no answer to a ping). */
export type SessionEnd = {
  readonly code: ByeCode | 'closed' | 'silent';
  readonly why: string;
  readonly byUs: boolean;
  /** The other side's version, with the code `version`. */
  readonly version?: string;
};

export interface SessionReceiver {
  message(message: SessionMessage): void;
  /** Called once, last. */
  ended(end: SessionEnd): void;
}

export type MessageRate = {
  readonly perSecond: number;
  readonly burst: number;
  readonly textPerSecond: number;
  readonly textBurst: number;
};

/** Of the silence after which a side pings: the other one hears the ping, and need not ask while it comes. */
const OPENER_PATIENCE = 0.8;
/** RFC 6455, section 7.4.1. */
const NORMAL_CLOSE = 1000;
const PROTOCOL_ERROR = 1002;
/** Longest `why` of a WebSocket close frame, bytes (RFC 6455, section 5.5); ours are ASCII. */
const CLOSE_WHY_LENGTH = 123;

/** Typed messages over one link between two peers, with pings, limits and an end that is told once. One receiver at a time. */
export class Session implements SearchPeer {
  readonly nodeId: NodeId;
  readonly address: PeerAddress;
  /** Monotonic ms. */
  readonly openedMs: number;
  readonly #link: SessionLink;
  readonly #deps: SessionDeps;
  #receiver: SessionReceiver | undefined;
  #early: SessionMessage[] = [];
  #end: SessionEnd | undefined;
  #endTold = false;
  #theirVersion: string | undefined;
  readonly #bucket: TokenBucket;
  readonly #text: TokenBucket;
  readonly #keepAlive: KeepAlive;
  /** What the link had counted when it was last looked at. */
  #counted = { up: 0, down: 0 };
  #bytes = new ByteCount();
  #rate: MessageRate = CHILD_MESSAGES;
  #rttMs: number | undefined;
  #heardMs = 0;
  readonly #contact: SessionContact;

  /** `isOpener`: this side opened it, and pings first, so that not both do. */
  constructor(link: SessionLink, deps: SessionDeps, { isOpener }: { readonly isOpener: boolean }) {
    this.#link = link;
    this.#deps = deps;
    this.nodeId = link.remote.nodeId;
    this.address = link.remote.address;
    this.openedMs = deps.clock.monotonicMs();
    this.#contact = deps.contact.opened(this.host);
    const { clock } = deps;
    this.#bucket = new TokenBucket({ clock, rate: () => this.#rate.perSecond, capacity: () => this.#rate.burst });
    this.#text = new TokenBucket({ clock, rate: () => this.#rate.textPerSecond, capacity: () => this.#rate.textBurst });
    const watch = this.#watch(isOpener ? OPENER_PATIENCE : 1);
    this.#keepAlive = link.keepAlive?.(watch) ?? new PingKeepAlive({ clock: deps.clock, link }, watch);
    link.receive(
      (text, decoded) => this.#heard(text, decoded as SessionMessage | undefined),
      (why) => this.#finish({ code: 'closed', why, byUs: false }),
    );
  }

  get host(): string {
    return this.address.host;
  }

  get isOpen(): boolean {
    return this.#end === undefined;
  }

  /** Latest measured round trip, ms. */
  get rttMs(): number | undefined {
    return this.#rttMs;
  }

  /** Monotonic ms when the other side was heard last, or answered a ping. */
  get heardMs(): number {
    return this.#heardMs;
  }

  /** Whether the other side knows what came with this minor version: nothing else is sent to it (protocol section 4). */
  knows(minor: number): boolean {
    return this.#theirVersion !== undefined && knowsMinor(this.#theirVersion, minor);
  }

  noteRtt(rttMs: number): void {
    this.#rttMs = rttMs;
  }

  /** What the handshake showed: the other side's version, and how many messages its role may send. */
  admit(version: string, rate: MessageRate): void {
    this.#theirVersion = version;
    this.#rate = rate;
  }

  /** What it carried so far and carries from now on is added to `total`. */
  countInto(total: ByteCount): void {
    const before = this.#bytes;
    total.up += before.up;
    total.down += before.down;
    this.#bytes = total;
  }

  /** False when the link is gone or congested; the message is lost then. */
  send(message: SessionMessage): boolean {
    return this.sendText(encodeMessage(message), message);
  }

  /** The same for a message that is written already; `message`: what it says, where that is known. */
  sendText(text: string, message?: SessionMessage): boolean {
    const isSent = this.#end === undefined && this.#link.send(text, message);
    this.#count();
    return isSent;
  }

  /** Takes messages from now on, first those that came before anybody asked; undefined keeps them again. */
  receive(receiver: SessionReceiver | undefined): void {
    this.#receiver = receiver;
    while (this.#receiver === receiver && receiver && this.#early.length > 0) {
      const message = this.#early.shift();
      if (message) receiver.message(message);
    }
    this.#tellEnd();
  }

  /** Finds out soon whether the other side lives: called when a request has no answer. */
  pingNow(): void {
    if (!this.#end) this.#keepAlive.pingNow();
  }

  /** Says why and closes. Idempotent. */
  close(code: ByeCode, why: string): void {
    if (this.#end) return;
    const version = code === 'version' ? { version: PROTOCOL_VERSION } : {};
    this.send({ type: 'bye', code, why, ...version });
    this.#shut({ code, why, byUs: true });
  }

  /** Counts a strike and closes: what came cannot be from a well-behaved peer. */
  misbehaved(why: string): void {
    if (this.#end) return;
    this.#deps.strike(this.#link.remote, why);
    this.close('protocol', why);
  }

  #heard(text: string | undefined, message: SessionMessage | undefined): void {
    if (this.#end) return;
    this.#count();
    this.#noteHeard();
    this.#keepAlive.heard();
    if (!this.#bucket.take(1)) this.misbehaved('too many messages');
    else if (text === undefined) return;
    else if (this.#text.take(text.length)) this.#read(message ? { ok: true, message } : decodeMessage(text));
    else this.misbehaved('too much at once');
  }

  #noteHeard(): void {
    this.#heardMs = this.#deps.clock.monotonicMs();
    this.#contact.heard();
  }

  #read(decoded: DecodedMessage): void {
    if (decoded.ok) this.#deliver(decoded.message);
    else if (decoded.otherMajor !== undefined) this.#refuseVersion(decoded.otherMajor);
    else if (!decoded.unknown) this.misbehaved(decoded.why);
    else if (!this.#isNewer) this.#deps.strike(this.#link.remote, decoded.why);
  }

  /** A newer minor may say what this one does not know (protocol section 4). */
  get #isNewer(): boolean {
    return this.#theirVersion !== undefined && compareVersion(this.#theirVersion) === 'newer-minor';
  }

  #deliver(message: SessionMessage): void {
    if (message.type === 'bye') {
      const { code, why, version } = message;
      this.#shut({ code, why, byUs: false, ...(version !== undefined && { version }) });
    } else if (this.#receiver) this.#receiver.message(message);
    else if (this.#early.length < EARLY_MESSAGES) this.#early.push(message);
    else this.misbehaved('messages before the handshake');
  }

  #refuseVersion(version: string): void {
    this.send({ type: 'bye', code: 'version', why: 'another major version', version: PROTOCOL_VERSION });
    this.#shut({ code: 'version', why: 'another major version', byUs: true, version });
  }

  #shut(end: SessionEnd): void {
    this.#link.close(end.code === 'protocol' ? PROTOCOL_ERROR : NORMAL_CLOSE, end.why.slice(0, CLOSE_WHY_LENGTH));
    this.#finish(end);
  }

  #finish(end: SessionEnd): void {
    if (this.#end) return;
    this.#end = end;
    this.#keepAlive.stop();
    this.#contact.ended();
    const { code, why, byUs } = end;
    const address = formatAddress(this.address);
    this.#deps.logger.debug('a session ended', { node: this.nodeId, address, code, why, byUs });
    // Not within the call that closes: a caller need not expect its own callbacks.
    queueMicrotask(() => this.#tellEnd());
  }

  #tellEnd(): void {
    if (!this.#end || !this.#receiver || this.#endTold) return;
    this.#endTold = true;
    this.#receiver.ended(this.#end);
  }

  #count(): void {
    const { sent: up, received: down } = this.#link.bytes;
    this.#bytes.up += up - this.#counted.up;
    this.#bytes.down += down - this.#counted.down;
    this.#counted = { up, down };
  }

  /** `patience` is the share of the setting after which this side asks. */
  #watch(patience: number): KeepAliveOptions {
    const { settings, logger } = this.#deps;
    return {
      silenceMs: () => patience * settings()['overlay.ping-silence'],
      timeoutMs: () => settings()['overlay.ping-timeout'],
      silent: () => this.#shut({ code: 'silent', why: 'no answer to a ping', byUs: true }),
      measured: (rttMs) => {
        this.#noteHeard();
        this.noteRtt(rttMs);
      },
      failed: (thrown) => logger.debug('a ping failed', { node: this.nodeId, why: String(thrown) }),
    };
  }
}
