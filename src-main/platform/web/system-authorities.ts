import { getCACertificates } from 'node:tls';

/** Authorities that are taken into a context at once: 16 take the event loop about 1 ms (measured). */
const SLICE = 16;

/**
 * The system's authorities, and what its owner added for Node; those that came with Node where a system has none that Node can read. PEM,
 * some in each text. Takes 50 to 130 ms: not for the event loop.
 */
export function systemAuthorities(): readonly string[] {
  const system = getCACertificates('system');
  const all = system.length > 0 ? [...system, ...getCACertificates('extra')] : getCACertificates('default');
  // A certificate lies in several of the places that a system has for them.
  const each = [...new Set(all)];
  return Array.from({ length: Math.ceil(each.length / SLICE) }, (_, at) =>
    each.slice(at * SLICE, (at + 1) * SLICE).join('\n'),
  );
}
