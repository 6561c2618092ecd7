import type { SearchHandler } from './overlay/overlay-deps.ts';

/** The overlay and the search know each other; the overlay is made first and calls only after start. */
export function lateSearch(handler: () => SearchHandler): SearchHandler {
  return {
    message: (from, linkRole, message) => handler().message(from, linkRole, message),
    gone: (from) => handler().gone(from),
    answer: (query, from) => handler().answer(query, from),
    perMinute: () => handler().perMinute(),
  };
}
