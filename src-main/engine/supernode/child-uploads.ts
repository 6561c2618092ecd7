import { AppError } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import type { ByteCount } from '../overlay/byte-count.ts';
import type { IncomingRequest, IndexLimits, MetadataIndex, OutgoingResponse, Remote } from '../ports/index.ts';
import { errorAnswer, jsonAnswer } from '../wire/http-answer.ts';
import { CHILD_UPLOADS, FILES_BATCH_PACKED_BYTES } from '../wire/limits.ts';
import type { Child, Children } from './children.ts';

export type ChildUploadsDeps = {
  readonly children: Children;
  readonly index: MetadataIndex;
  readonly settings: () => Settings;
  /** What serving costs is counted here. */
  readonly duty: ByteCount;
  readonly strike: (remote: Remote, why: string) => void;
};

const RETRY_AFTER = { 'retry-after': '1' };

/** `POST /children/self/files`: takes a batch of a child to the index, only in its own open session and in order. */
export class ChildUploads {
  readonly #deps: ChildUploadsDeps;
  /** Whose batches are under way. */
  readonly #running = new Set<Child>();

  constructor(deps: ChildUploadsDeps) {
    this.#deps = deps;
  }

  async handle(request: IncomingRequest): Promise<OutgoingResponse> {
    const { nodeId } = request.remote;
    const child = nodeId === undefined ? undefined : this.#deps.children.get(nodeId);
    if (nodeId === undefined) return refused(403, request, 'a certificate is needed');
    if (child?.role !== 'leaf' || request.query.get('session') !== child.id)
      return refused(409, request, 'no such session');
    const sequence = Number(request.query.get('sequence'));
    if (!this.#hasPlace(child)) {
      return errorAnswer(503, new AppError('peer.busy', { address: 'this supernode' }), RETRY_AFTER);
    }
    if (sequence !== child.sequence && sequence !== child.sequence + 1) return refused(409, request, 'out of sequence');
    this.#running.add(child);
    try {
      // A batch whose answer was lost comes again; it was applied.
      if (sequence === child.sequence) return jsonAnswer(await this.#deps.index.holding(nodeId));
      return await this.#apply(request, { child, nodeId, sequence });
    } finally {
      this.#running.delete(child);
    }
  }

  #hasPlace(child: Child): boolean {
    if (this.#running.has(child) || this.#running.size >= CHILD_UPLOADS.ofAll) return false;
    const { network } = child;
    const others = [...this.#running];
    const countOf = (of: 'address' | 'block') => others.filter((other) => other.network?.[of] === network?.[of]).length;
    return !network || (countOf('address') < CHILD_UPLOADS.ofAddress && countOf('block') < CHILD_UPLOADS.ofBlock);
  }

  async #apply(
    request: IncomingRequest,
    { child, nodeId, sequence }: { readonly child: Child; readonly nodeId: NodeId; readonly sequence: number },
  ): Promise<OutgoingResponse> {
    const { index, strike, children, duty } = this.#deps;
    const packed = await readBody(request);
    if (!packed) {
      strike(request.remote, 'an upload of more than 1 MiB');
      return refused(400, request, 'too large');
    }
    duty.down += packed.length;
    // The session may have ended while the body came in, and its rows with it.
    if (children.get(nodeId) !== child) return refused(409, request, 'no such session');
    if (request.query.get('reset') === '1') {
      await index.drop(nodeId);
      await index.setPresent(nodeId, true);
    }
    const result = await index.apply(nodeId, packed, this.#limits(child));
    if (result.ok) {
      child.sequence = sequence;
      child.files = result.holding.files;
      return jsonAnswer(result.holding);
    }
    if (result.reason === 'malformed') strike(request.remote, `an upload: ${result.why}`);
    return refused(result.reason === 'limit' ? 413 : 400, request, result.why);
  }

  #limits({ network }: Child): IndexLimits {
    const settings = this.#deps.settings();
    return {
      files: settings['supernode.child-files'],
      bytes: settings['supernode.child-bytes'],
      block: network?.block,
    };
  }
}

/** Undefined when it is longer than a batch may be. */
async function readBody(request: IncomingRequest): Promise<Uint8Array | undefined> {
  try {
    return await request.body(FILES_BATCH_PACKED_BYTES);
  } catch (thrown) {
    if (thrown instanceof AppError && thrown.code === 'peer.protocol') return undefined;
    throw thrown;
  }
}

function refused(status: number, { remote }: IncomingRequest, why: string): OutgoingResponse {
  return errorAnswer(status, new AppError('peer.refused', { address: remote.address.host, why }));
}
