import { formatAddress } from '../../src-main/contract/address.ts';
import { formatContentRange } from '../../src-main/contract/content-range.ts';
import type { ContentHash, NodeId } from '../../src-main/contract/ids.ts';
import { ChunkMap } from '../../src-main/engine/content/chunk-map.ts';
import { chunkCount } from '../../src-main/engine/content/constants.ts';
import type {
  Headers,
  IncomingRequest,
  LinkHandler,
  OutgoingResponse,
  Remote,
  StreamBody,
} from '../../src-main/engine/ports/index.ts';
import { availableHeader, availableTo } from '../../src-main/engine/upload/available-chunks.ts';
import { jsonAnswer } from '../../src-main/engine/wire/http-answer.ts';
import type { VirtualNetwork, VirtualPeer } from '../../src-main/simulator/memory-network.ts';

/** What a scripted source does beyond serving one file honestly; changed at will while it serves. */
export type Script = {
  /** Answers instead of serving: return undefined to serve. */
  answer?: (request: IncomingRequest) => OutgoingResponse | Promise<OutgoingResponse> | undefined;
  /** Chunks whose first byte is flipped on the way. */
  badChunks?: ReadonlySet<number>;
  /** It is still loading the file: it has these chunks, to which others may be added at any time. */
  held?: ChunkMap;
  /** Whom it names when it is asked for other sources. */
  names?: readonly { readonly node: string; readonly address: string; readonly complete: boolean }[];
  /** Sends nothing more after this many bytes in all, and keeps the connection open. */
  stallsAfter?: number;
};

const CHUNK = 2 ** 20;

/** A source on the virtual network that serves one file as protocol section 5 says, and misbehaves as it is told. */
export class ScriptedSource implements LinkHandler {
  readonly peer: VirtualPeer;
  readonly script: Script = {};
  /** Ranges of bodies that were asked, in order. */
  readonly asked: { readonly start: number; readonly end: number }[] = [];
  sentBytes = 0;
  readonly #file: ScriptedFile;

  private constructor(peer: VirtualPeer, file: ScriptedFile) {
    this.peer = peer;
    this.#file = file;
  }

  static async join(
    network: VirtualNetwork,
    host: string,
    nodeId: NodeId,
    file: ScriptedFile,
  ): Promise<ScriptedSource> {
    const source = new ScriptedSource(network.join(host, nodeId), file);
    await source.peer.links.listen({ host, port: 1214 }, source);
    return source;
  }

  get found() {
    return {
      nodeId: this.peer.nodeId,
      addresses: [{ host: this.peer.host, port: 1214 }],
      size: this.#file.bytes.length,
    };
  }

  get address(): string {
    return formatAddress({ host: this.peer.host, port: 1214 });
  }

  accepts(): boolean {
    return true;
  }

  misbehaved(remote: Remote, why: string): void {
    throw new Error(`${remote.nodeId} misbehaved: ${why}`);
  }

  session(): void {}

  async request(request: IncomingRequest): Promise<OutgoingResponse> {
    const own = this.script.answer?.(request);
    if (own) return own;
    const { hash, bytes, chunkLayer } = this.#file;
    if (request.path === `/content/${hash}/tree`) return { status: 200, body: chunkLayer };
    if (request.path === `/content/${hash}/chunks`) return this.#chunks();
    if (request.path === `/content/${hash}/sources`) return jsonAnswer({ sources: this.script.names ?? [] });
    if (request.path !== `/content/${hash}`) return { status: 404 };
    if (request.method === 'HEAD') return { status: 200, body: this.#body(0, bytes.length) };
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    if (!range) return { status: 416 };
    const start = Number(range[1]);
    const { held } = this.script;
    const told = availableHeader(held, bytes.length, start);
    const end = held ? availableTo(held, bytes.length, start) : Number(range[2]) + 1;
    if (end === start) return { status: 416, headers: told };
    return this.#send({ start, end: Math.min(end, Number(range[2]) + 1) }, told);
  }

  #chunks(): OutgoingResponse {
    const held = this.script.held ?? ChunkMap.full(chunkCount(this.#file.bytes.length));
    return { status: 200, headers: { etag: `"${held.count}"` }, body: held.toBytes() };
  }

  #send({ start, end }: { readonly start: number; readonly end: number }, told: Headers): OutgoingResponse {
    const { bytes } = this.#file;
    this.asked.push({ start, end });
    const headers = { 'content-range': formatContentRange({ start, end, size: bytes.length }), ...told };
    return { status: 206, headers, body: this.#body(start, end) };
  }

  #body(start: number, end: number): StreamBody {
    let at = start;
    return {
      length: end - start,
      read: async (target) => {
        if (this.sentBytes >= (this.script.stallsAfter ?? Number.POSITIVE_INFINITY)) await new Promise(() => {});
        const count = Math.min(target.length, end - at, CHUNK - (at % CHUNK));
        target.set(this.#file.bytes.subarray(at, at + count));
        const isBad = at % CHUNK === 0 && this.script.badChunks?.has(at / CHUNK);
        if (isBad) target[0] = (target[0] ?? 0) ^ 255;
        at += count;
        this.sentBytes += count;
        return count;
      },
      close: async () => {},
    };
  }
}

export type ScriptedFile = { readonly hash: ContentHash; readonly bytes: Uint8Array; readonly chunkLayer: Uint8Array };
