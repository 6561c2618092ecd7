import type { PeerAddress } from '../../contract/address.ts';
import type { ByteRange } from '../../contract/content-range.ts';
import type { NodeId } from '../../contract/ids.ts';
import { ChunkMap } from '../content/chunk-map.ts';
import { CHUNK_BYTES, chunkCount } from '../content/constants.ts';
import { setLast } from '../set-last.ts';

/** A peer that fetches a file and passes on what it has of it. */
export type Member = {
  readonly nodeId: NodeId;
  readonly number: number;
  /** What limits for one address count (Asker). */
  readonly block: string;
  address: PeerAddress;
  seenMs: number;
};

/** Who asked nothing for this long has left, or has all it wants: a member asks for news every few seconds, and in the line every minute. */
const PRESENT_MS = 90_000;
/**
 * What one was sent is kept back from the others for so long: it may never arrive there, whether its keeper cannot be reached or will not
 * give it.
 */
const KEPT_BACK_MS = 120_000;
/** Members at one address: names cost nothing, and each is told to others. */
const MEMBERS_PER_BLOCK = 2;
/** Members of one swarm: more than ever ask one peer within an hour. The one that was heard of longest ago is forgotten first. */
const MAX_MEMBERS = 200;

/**
 * Peers that fetch one file at the same time, as one that has the whole of it sees them. It sends no chunk twice while one is unsent, for
 * what one of them has the others get from it: so a slow line has to carry the file little more than once (as "super seeding", BEP 16).
 */
export class Swarm {
  /** When this peer last served it while it was still loading it. */
  partMs = Number.NEGATIVE_INFINITY;
  readonly #size: number;
  readonly #chunks: number;
  /** The latest heard of last. */
  readonly #members = new Map<NodeId, Member>();
  readonly #byNumber = new Map<number, Member>();
  #numbers = 0;
  /** The number of the member that each chunk was sent to, or is being; 0 = none. Made when it matters. */
  #takers: Int32Array | undefined;
  /** When each was sent to the end; infinite while it is being sent. */
  #sentMs: Float64Array | undefined;

  constructor(size: number) {
    this.#size = size;
    this.#chunks = chunkCount(size);
  }

  get members(): IterableIterator<Member> {
    return this.#members.values();
  }

  /** A peer was heard of. */
  join(nodeId: NodeId, { address, block }: Pick<Member, 'address' | 'block'>, nowMs: number): void {
    const known = this.#members.get(nodeId);
    if (!known) this.#makeRoom(block);
    const member = known ?? { nodeId, number: ++this.#numbers, block, address, seenMs: nowMs };
    member.address = address;
    member.seenMs = nowMs;
    setLast(this.#members, [nodeId, member], MAX_MEMBERS);
    setLast(this.#byNumber, [member.number, member], MAX_MEMBERS);
  }

  /** The one of its address that was heard of longest ago gives way. */
  #makeRoom(block: string): void {
    const same = [...this.#members.values()].filter((member) => member.block === block);
    const [oldest] = same;
    if (!oldest || same.length < MEMBERS_PER_BLOCK) return;
    this.#members.delete(oldest.nodeId);
    this.#byNumber.delete(oldest.number);
  }

  has(nodeId: NodeId | undefined): boolean {
    return nodeId !== undefined && this.#members.has(nodeId);
  }

  /** The chunks that a member may have now: those that no other one has been sent; undefined when all are alike to us. */
  offered(nodeId: NodeId, nowMs: number): ChunkMap | undefined {
    const own = this.#members.get(nodeId);
    const [takers, sentMs] = [this.#takers, this.#sentMs];
    if (!own || !takers || !sentMs) return undefined;
    const present = new Set([...this.#members.values()].flatMap((one) => (isPresent(one, nowMs) ? [one.number] : [])));
    const offered = new ChunkMap(this.#chunks);
    let free = 0;
    for (let chunk = 0; chunk < this.#chunks; chunk++) {
      const taker = takers[chunk] ?? 0;
      if (!present.has(taker) || nowMs - (sentMs[chunk] ?? 0) > KEPT_BACK_MS) free++;
      else if (taker !== own.number) continue;
      offered.add(chunk);
    }
    return free === 0 || offered.isFull ? undefined : offered;
  }

  /**
   * Bytes are being sent to a member: what counts are chunks that are sent whole. Gives the function to call at the end, with the first
   * byte that was not sent and when that was.
   */
  sending(nodeId: NodeId, { start, end }: ByteRange): (sentTo: number, nowMs: number) => void {
    const member = this.#members.get(nodeId);
    if (!member) return () => {};
    this.#takers ??= new Int32Array(this.#chunks);
    this.#sentMs ??= new Float64Array(this.#chunks);
    const [takers, sentMs] = [this.#takers, this.#sentMs];
    const first = Math.ceil(start / CHUNK_BYTES);
    const last = end >= this.#size ? this.#chunks : Math.floor(end / CHUNK_BYTES);
    const before: { readonly taker: number; readonly sentMs: number }[] = [];
    for (let chunk = first; chunk < last; chunk++) {
      before.push({ taker: takers[chunk] ?? 0, sentMs: sentMs[chunk] ?? 0 });
      takers[chunk] = member.number;
      sentMs[chunk] = Number.POSITIVE_INFINITY;
    }
    return (sentTo, nowMs) => {
      for (let chunk = first; chunk < last; chunk++) {
        if (takers[chunk] !== member.number) continue;
        const isSent = sentTo >= Math.min(end, (chunk + 1) * CHUNK_BYTES);
        const was = before[chunk - first];
        if (!isSent) takers[chunk] = was?.taker ?? 0;
        // The one before may have ended meanwhile: it is not taken for sending for ever.
        sentMs[chunk] = isSent ? nowMs : Math.min(was?.sentMs ?? 0, nowMs);
      }
    };
  }
}

const isPresent = ({ seenMs }: Member, nowMs: number): boolean => nowMs - seenMs <= PRESENT_MS;
