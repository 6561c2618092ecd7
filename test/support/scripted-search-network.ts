import { AppError } from '../../src-main/contract/errors.ts';
import type { ContentHash, NodeId } from '../../src-main/contract/ids.ts';
import type { Hit, Source } from '../../src-main/contract/search.ts';
import type { Clock } from '../../src-main/engine/ports/index.ts';
import type { AskTarget, SearchNetwork, SearchPeer } from '../../src-main/engine/search/search-network.ts';
import type { Hits } from '../../src-main/engine/wire/messages/hits.ts';
import type { Query } from '../../src-main/engine/wire/messages/query.ts';
import type { SupernodeEntry } from '../../src-main/engine/wire/messages/supernode-entry.ts';
import type { SessionMessage } from '../../src-main/engine/wire/session-message.ts';
import { node, source } from './search-fixtures.ts';

/** What a scripted supernode answers, and after how long; undefined hits = it fails, an infinite time = it never answers. */
export type ScriptedAnswer = {
  readonly afterMs?: number;
  readonly hits?: readonly Hit[];
  readonly names?: readonly SupernodeEntry[];
};

/** An overlay whose supernodes answer from a script, for searches on a virtual clock. */
export class ScriptedSearchNetwork implements SearchNetwork {
  readonly nodeId: NodeId = node(9999);
  readonly asked: { readonly nodeId: NodeId; readonly query: Query; readonly atMs: number }[] = [];
  readonly answers = new Map<NodeId, ScriptedAnswer>();
  readonly #clock: Clock;
  readonly #listeners = new Set<(parent: SearchPeer | undefined) => void>();
  known: readonly AskTarget[] = [];
  isSupernode = true;
  currentParent: SearchPeer | undefined;
  currentStandby: SearchPeer | undefined;
  indexed: ContentHash | undefined;
  readonly replaced: NodeId[] = [];
  hops: (SearchPeer & { close(): void })[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Makes supernodes known that all answer alike, save for their hits. */
  add(targets: readonly AskTarget[], answer: (at: number) => ScriptedAnswer): void {
    this.known = [...this.known, ...targets];
    for (const [at, { entry }] of targets.entries()) this.answers.set(entry.nodeId, answer(at));
  }

  setParent(parent: SearchPeer | undefined): void {
    this.currentParent = parent;
    for (const listener of this.#listeners) listener(parent);
  }

  role(): 'leaf' | 'supernode' {
    return this.isSupernode ? 'supernode' : 'leaf';
  }

  parent(): SearchPeer | undefined {
    return this.currentParent;
  }

  standby(): SearchPeer | undefined {
    return this.currentStandby;
  }

  onParent(listener: (parent: SearchPeer | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onServers(): () => void {
    return () => undefined;
  }

  indexedHash(): ContentHash | undefined {
    return this.indexed;
  }

  dismiss(nodeId: NodeId): void {
    this.replaced.push(nodeId);
  }

  isShunned(): boolean {
    return false;
  }

  heardOf(): readonly NodeId[] {
    return this.known.map(({ entry }) => entry.nodeId);
  }

  askTargets(): readonly AskTarget[] {
    return this.known;
  }

  async ask({ entry }: AskTarget, query: Query, signal: AbortSignal): Promise<Hits> {
    this.asked.push({ nodeId: entry.nodeId, query, atMs: this.#clock.monotonicMs() });
    const { afterMs = 10, hits, names = [] } = this.answers.get(entry.nodeId) ?? {};
    if (afterMs === Number.POSITIVE_INFINITY) await new Promise(() => undefined);
    await this.#clock.sleep(afterMs, signal);
    if (!hits) throw new AppError('peer.unreachable', { address: 'scripted', why: 'scripted' });
    return { type: 'hits', id: query.id, hits: [...hits], more: false, supernodes: [...names] };
  }

  async hop(): Promise<(SearchPeer & { close(): void }) | undefined> {
    return this.hops.shift();
  }

  sourceOf(child: NodeId): Source | undefined {
    return { ...source(1), nodeId: child };
  }

  nameable(): readonly SupernodeEntry[] {
    return [];
  }
}

/** The other end of a session that keeps what it is sent. */
export class RecordingPeer implements SearchPeer {
  readonly nodeId: NodeId;
  readonly host = '127.0.0.1';
  readonly sent: SessionMessage[] = [];
  isOpen = true;
  /** Minor version that it speaks. */
  minor = 2;
  onSent: ((message: SessionMessage) => void) | undefined;

  constructor(number: number) {
    this.nodeId = node(number);
  }

  send(message: SessionMessage): boolean {
    if (!this.isOpen) return false;
    this.sent.push(message);
    this.onSent?.(message);
    return true;
  }

  knows(minor: number): boolean {
    return this.minor >= minor;
  }

  close(): void {
    this.isOpen = false;
  }

  of<T extends SessionMessage['type']>(type: T): Extract<SessionMessage, { type: T }>[] {
    return this.sent.filter((message): message is Extract<SessionMessage, { type: T }> => message.type === type);
  }
}
