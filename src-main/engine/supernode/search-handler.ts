import type { SearchHandler } from '../overlay/overlay-deps.ts';
import type { Searches } from '../search/searches.ts';
import type { QueryService } from './query-service.ts';

/** What the overlay calls for search messages: those of clients go to the query service, those of servers to this peer's own searches. */
export function searchHandler(queries: QueryService, searches: Searches): SearchHandler {
  return {
    message(from, linkRole, message) {
      if (linkRole === 'child' || linkRole === 'searcher') queries.message(from, message);
      // Neighbours ask through `answer`; nothing else of theirs concerns a search.
      else if (linkRole !== 'neighbour') searches.message(from, message);
    },
    gone(from) {
      queries.gone(from);
      searches.gone(from);
    },
    answer: (query, from) => queries.answer(query, from),
    perMinute: () => queries.counts().perMinute,
  };
}
