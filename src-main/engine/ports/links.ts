import type { PeerAddress, PeerTarget } from '../../contract/address.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { CalledConnection } from './content-client.ts';
import type { Headers, IncomingResponse, KnownRemote, OutgoingRequest, Remote } from './exchange.ts';

export type { Headers, IncomingResponse, KnownRemote, OutgoingRequest, Remote };

/**
 * Authenticated connections between peers: small HTTP requests, long-lived sessions, and a server for both (protocol sections 4, 5).
 * Every failure is an AppError with a peer.* or listen.* code. No byte above TLS is sent before the other side's key was checked.
 */
export interface Links {
  listen(address: PeerAddress, handler: LinkHandler): Promise<Listening>;
  /** One small exchange. `to.nodeId` undefined accepts any key and reports it. */
  request(to: PeerTarget, request: OutgoingRequest, signal?: AbortSignal): Promise<IncomingResponse>;
  /** `GET /session`, upgraded. */
  openSession(to: PeerTarget, signal?: AbortSignal): Promise<SessionLink>;
  /**
   * Answers a call (protocol section 11): dials, has `GET /session` upgraded to `shoal-reverse` with the token, and from then on serves on
   * that connection what the other side asks, with the handler of `listen`. Fails with peer.*.
   */
  reverse(to: KnownRemote, token: string, signal?: AbortSignal): Promise<Reversed>;
  /** A fresh local port, and where a supernode sees what comes from it (`GET /seen`). Fails with peer.*. */
  openHole(to: KnownRemote, signal?: AbortSignal): Promise<Hole>;
  /** Meets another peer at a relay (`GET /relay/TOKEN`); resolves when both are there and its key was checked. Fails with peer.*. */
  meet(other: NodeId, relay: MeetingPlace, signal?: AbortSignal): Promise<MetPeer>;
  close(): Promise<void>;
}

/** A local port for simultaneous open (protocol section 11). */
export interface Hole {
  readonly remote: KnownRemote;
  readonly seen: PeerAddress;
  /** Whether the port that others see is the one here: then all see the same. */
  readonly keepsPort: boolean;
  /** Where another supernode sees a connection from this port. Fails with peer.*. */
  seenBy(other: KnownRemote, signal?: AbortSignal): Promise<PeerAddress>;
  /** Dials from this port while the other side dials from its own, until they meet or the tries are over. Fails with peer.*. */
  punch(to: KnownRemote, signal?: AbortSignal): Promise<MetPeer>;
  /** Ends what is not a met peer yet. Idempotent. */
  close(): void;
}

/** `entered`: called when both are there; what fails afterwards is no fault of the relay. */
export type MeetingPlace = KnownRemote & { readonly token: string; readonly entered?: (() => void) | undefined };

/** A connection on which nothing was said yet, with a peer whose key was checked. One side asks and the other serves, each once. */
export interface MetPeer {
  readonly remote: KnownRemote;
  ask(): CalledConnection;
  /** With the handler of `listen`. */
  serve(): void;
}

/** What a relay knows of one that comes with a token. */
export type RelayPass = {
  readonly other: NodeId;
  /** Aborts when the two are to part. */
  readonly signal: AbortSignal;
  /** Waits until `bytes` may pass; rejects to end the relay. */
  admit(bytes: number): Promise<void>;
  /** Called once, when it is over or the other did not come. */
  ended(): void;
};

/** A connection whose roles were swapped. */
export type Reversed = { readonly remote: KnownRemote };

export interface Listening {
  readonly address: PeerAddress;
  /** Stops accepting and cuts what is open. */
  close(): Promise<void>;
}

export interface LinkHandler {
  /** Never rejects in normal operation; a rejection becomes a 500. */
  request(request: IncomingRequest): Promise<OutgoingResponse>;
  session(link: SessionLink): void;
  /** A peer answers a call that had this token. Gives who takes the connection; undefined refuses it, as without this method. */
  reversed?(token: string, remote: KnownRemote): ((connection: CalledConnection) => void) | undefined;
  /** A peer comes to a relay; undefined refuses it, as without this method. */
  relayed?(token: string, remote: KnownRemote): RelayPass | undefined;
  /** Asked before anything is read from a new connection: by address alone before the handshake, and again once the key is known. */
  accepts(remote: Remote): boolean;
  /** Something that a well-behaved peer does not do; the caller counts strikes. */
  misbehaved(remote: Remote, why: string): void;
}

export type IncomingRequest = {
  readonly remote: Remote;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
  /** Reads the whole body; fails with peer.protocol when longer than `maxBytes`. */
  body(maxBytes: number): Promise<Uint8Array>;
  /** Aborts when the connection ends before the answer was sent. */
  readonly signal: AbortSignal;
};

export type OutgoingResponse = {
  readonly status: number;
  readonly headers?: Headers;
  /** A text is sent as UTF-8. */
  readonly body?: Uint8Array | string | StreamBody;
  /** What `body` says, for a link within one process: the other side need not read it again. */
  readonly decoded?: unknown;
};

/** A body that is read while it is sent, in constant memory. The link closes it in every case. */
export interface StreamBody {
  readonly length: number;
  /** Fills `target` with the next bytes and returns how many (at least 1 until `length` is reached); rejects to cut the connection. */
  read(target: Uint8Array): Promise<number>;
  /** Waits until `bytes` may be sent: rate limits live here. */
  admit?(bytes: number): Promise<void>;
  /** Called for bytes handed to the system. */
  sent?(bytes: number): void;
  /** `complete` is true when every byte was sent. */
  close(complete: boolean): Promise<void>;
}

/** A WebSocket between two known peers. Text messages only. */
export interface SessionLink {
  readonly remote: KnownRemote;
  /** Of the texts of all messages until now, as UTF-8. */
  readonly bytes: { readonly sent: number; readonly received: number };
  /**
   * False when the link is closed or too much is waiting to be sent (the message is dropped and the link will close). `decoded`: what it
   * says, for a link within one process, which may hand it over beside the text.
   */
  send(message: string, decoded?: unknown): boolean;
  /** Sends a ping; resolves with the round trip in ms, or undefined when the link closed first. */
  ping(): Promise<number | undefined>;
  /**
   * At most one receiver; messages that came earlier are delivered at once. Also told of every ping and pong, as silence-breaking
   * traffic, with undefined. `onClose` is called once, whichever side closed, and never from within `close`.
   */
  receive(onMessage: (message: string | undefined, decoded?: unknown) => void, onClose: (why: string) => void): void;
  /** Idempotent. `code` as in RFC 6455; why is at most 123 bytes. */
  close(code: number, why: string): void;
  /** Where the link can tell by itself when the other side falls silent, as a simulated one can: pings of an idle link are left out then. */
  keepAlive?(options: KeepAliveOptions): KeepAlive;
}

export type KeepAliveOptions = {
  /** Silence after which this side pings, ms. */
  readonly silenceMs: () => number;
  /** The other side is gone when a ping has no answer for this long, ms. */
  readonly timeoutMs: () => number;
  /** It is gone. Called at most once, and not after `stop`. */
  readonly silent: () => void;
  /** A round trip, ms. */
  readonly measured: (rttMs: number) => void;
  readonly failed: (thrown: unknown) => void;
};

/** Watches whether the other side of a session lives. */
export interface KeepAlive {
  /** Something came from the other side. */
  heard(): void;
  /** Finds out soon: an answer is late. */
  pingNow(): void;
  /** Idempotent. */
  stop(): void;
}
