import type { PeerAddress } from '../../contract/address.ts';
import type { ByteRange } from '../../contract/content-range.ts';
import type { NodeId } from '../../contract/ids.ts';
import { ChunkMap } from '../content/chunk-map.ts';
import { CHUNK_BYTES, chunkCount } from '../content/constants.ts';
import { setLast } from '../set-last.ts';

/** A peer that fetches a file and passes on what it has of it. */
export type Member = { readonly nodeId: NodeId; readonly number: number; address: PeerAddress; seenMs: number };

/** Who asked nothing for this long has left, or has all it wants: a member asks for news every few seconds, and in the line every minute. */
const PRESENT_MS = 90_000;
/** Members of one swarm: more than ever ask one peer within an hour. The one that was heard of longest ago is forgotten first. */
const MAX_MEMBERS = 200;

/**
 * Peers that fetch one file at the same time, as one that has the whole of it sees them. It sends no chunk twice while one is unsent, for
 * what one of them has the others get from it: so a slow line has to carry the file little more than once (as "super seeding", BEP 16).
 */
export class Swarm {
  /** When this peer last served it while it was still loading it. */
  partMs = Number.NEGATIVE_INFINITY;
  readonly #chunks: number;
  /** The latest heard of last. */
  readonly #members = new Map<NodeId, Member>();
  readonly #byNumber = new Map<number, Member>();
  #numbers = 0;
  /** The number of the member that each chunk was sent to, or is being; 0 = none. Made when it matters. */
  #takers: Int32Array | undefined;

  constructor(size: number) {
    this.#chunks = chunkCount(size);
  }

  get members(): IterableIterator<Member> {
    return this.#members.values();
  }

  /** A peer was heard of. */
  join(nodeId: NodeId, address: PeerAddress, nowMs: number): void {
    const known = this.#members.get(nodeId);
    const member = known ?? { nodeId, number: ++this.#numbers, address, seenMs: nowMs };
    member.address = address;
    member.seenMs = nowMs;
    setLast(this.#members, [nodeId, member], MAX_MEMBERS);
    setLast(this.#byNumber, [member.number, member], MAX_MEMBERS);
  }

  has(nodeId: NodeId | undefined): boolean {
    return nodeId !== undefined && this.#members.has(nodeId);
  }

  /** The chunks that a member may have now: those that no other one has been sent; undefined when all are alike to us. */
  offered(nodeId: NodeId, nowMs: number): ChunkMap | undefined {
    const own = this.#members.get(nodeId);
    const takers = this.#takers;
    if (!own || !takers) return undefined;
    const isFree = (number: number) => !this.#isPresent(this.#byNumber.get(number), nowMs);
    const offered = new ChunkMap(this.#chunks);
    let free = 0;
    for (let chunk = 0; chunk < this.#chunks; chunk++) {
      const taker = takers[chunk] ?? 0;
      if (isFree(taker)) free++;
      else if (taker !== own.number) continue;
      offered.add(chunk);
    }
    return free === 0 || offered.isFull ? undefined : offered;
  }

  /** Chunks are being sent to a member. The function to call at the end, with the first byte that was not sent. */
  sending(nodeId: NodeId, { start, end }: ByteRange): (sentTo: number) => void {
    const member = this.#members.get(nodeId);
    if (!member) return () => {};
    this.#takers ??= new Int32Array(this.#chunks);
    const takers = this.#takers;
    const before: number[] = [];
    const [first, last] = [Math.floor(start / CHUNK_BYTES), Math.ceil(end / CHUNK_BYTES)];
    for (let chunk = first; chunk < last; chunk++) {
      before.push(takers[chunk] ?? 0);
      takers[chunk] = member.number;
    }
    return (sentTo) => {
      for (let chunk = first; chunk < last; chunk++) {
        const isSent = sentTo >= Math.min(end, (chunk + 1) * CHUNK_BYTES);
        if (!isSent && takers[chunk] === member.number) takers[chunk] = before[chunk - first] ?? 0;
      }
    };
  }

  #isPresent(member: Member | undefined, nowMs: number): boolean {
    return member !== undefined && nowMs - member.seenMs <= PRESENT_MS;
  }
}
