import { MAX_BLOCK_RULE } from '../../../contract/blocks.ts';
import { type ContentHash, type NodeId, parseContentHash, parseNodeId } from '../../../contract/ids.ts';
import { formatPattern, type NamePattern, parsePattern } from './name-pattern.ts';
import { formatNetwork, type Network, parseNetwork } from './network.ts';

/** What is not to be seen, fetched or spoken to. `text` is the rule as it is kept: equal rules have equal texts. */
export type BlockRule = { readonly text: string } & (
  | { readonly kind: 'hash'; readonly hash: ContentHash }
  | { readonly kind: 'name'; readonly pattern: NamePattern }
  | { readonly kind: 'address'; readonly network: Network }
  | { readonly kind: 'node'; readonly nodeId: NodeId }
);
type Parsed = BlockRule | { readonly why: string };

const FORMS = 'a rule is hash:HASH, name:PATTERN, address:ADDRESS[/BITS] or node:NODEID';

/** A line without its comment: from `#` at its beginning or after a blank. Empty where there is no rule on it. */
export const withoutComment = (line: string): string => line.replace(/(^|\s)#.*$/s, '').trim();

/** The rule that a line without comment states, or why it is none. */
export function parseRule(line: string): Parsed {
  if (line.length > MAX_BLOCK_RULE) return { why: `it is longer than ${MAX_BLOCK_RULE} characters` };
  const colon = line.indexOf(':');
  const value = line.slice(colon + 1).trim();
  switch (line.slice(0, Math.max(colon, 0)).trim().toLowerCase()) {
    case 'hash': {
      const hash = parseContentHash(value);
      return hash ? { kind: 'hash', hash, text: `hash:${hash}` } : { why: 'a hash has 64 hex digits' };
    }
    case 'node': {
      const nodeId = parseNodeId(value);
      return nodeId ? { kind: 'node', nodeId, text: `node:${nodeId}` } : { why: 'a NodeId has 64 hex digits' };
    }
    case 'address': {
      const network = parseNetwork(value);
      return 'why' in network ? network : { kind: 'address', network, text: `address:${formatNetwork(network)}` };
    }
    case 'name': {
      const pattern = parsePattern(value);
      return 'why' in pattern ? pattern : { kind: 'name', pattern, text: `name:${formatPattern(pattern)}` };
    }
    default:
      return { why: FORMS };
  }
}
