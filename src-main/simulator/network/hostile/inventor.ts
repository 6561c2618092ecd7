import type { NodeId } from '../../../contract/ids.ts';
import type { IncomingRequest, OutgoingResponse } from '../../../engine/ports/index.ts';
import type { Query } from '../../../engine/wire/messages/query.ts';
import type { SessionMessage } from '../../../engine/wire/session-message.ts';
import type { Inventions } from './inventions.ts';
import { Mask, type MaskedLink } from './mask.ts';

const QUERY_BYTES = 64 * 1024;
/** Of a supernode in the waves of a search (protocol section 8). */
const PREFIX_DIGITS = 12;

/** For this query it invents; for others it finds nothing. */
type Appetite = (query: Pick<Query, 'words' | 'hash'>) => boolean;

/** Answers queries with files that nobody has. As a parent it says that others named them. */
export class Inventor extends Mask {
  readonly #inventions: Inventions;
  readonly #others: () => NodeId | undefined;
  readonly #bites: Appetite;

  constructor(inventions: Inventions, others: () => NodeId | undefined, bites: Appetite = () => true) {
    super();
    this.#inventions = inventions;
    this.#others = others;
    this.#bites = bites;
  }

  override received(message: SessionMessage, link: MaskedLink): SessionMessage | undefined {
    if (message.type !== 'query') return message;
    if (link.role === 'supernode') link.reply(this.#answer(message));
    else this.#serve(message, link);
    return undefined;
  }

  override request(request: IncomingRequest): Promise<OutgoingResponse> | undefined {
    return request.path === '/query' ? this.#answerRequest(request) : undefined;
  }

  async #answerRequest(request: IncomingRequest): Promise<OutgoingResponse> {
    const query = JSON.parse(new TextDecoder().decode(await request.body(QUERY_BYTES))) as Query;
    return { status: 200, body: JSON.stringify(this.#answer(query)) };
  }

  #answer(query: Query) {
    const hits = this.#bites(query) ? [...this.#inventions.answer(query)] : [];
    return { type: 'hits' as const, id: query.id, hits, more: false };
  }

  /** A child's search that ends at once, with enough. */
  #serve(query: Query, link: MaskedLink): void {
    const { id } = query;
    const from = this.#others();
    const answer = this.#answer(query);
    const results = answer.hits.length;
    const prefixes = from === undefined ? [] : [from.slice(0, PREFIX_DIGITS)];
    if (results > 0) link.reply({ ...answer, ...(from !== undefined && { from }), wave: 0 });
    link.reply({ type: 'wave', id, wave: 0, asked: 1, answered: 1, results, prefixes });
    link.reply({ type: 'end', id, reason: results > 0 ? 'limit' : 'exhausted', results });
  }
}
