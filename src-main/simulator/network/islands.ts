import type { NodeId } from '../../contract/ids.ts';

/** Groups that no link joins, the largest first. A link counts when both ends hold it. */
export function islandsOf(links: ReadonlyMap<NodeId, readonly NodeId[]>): readonly (readonly NodeId[])[] {
  const parents = new Map<NodeId, NodeId>();
  const rootOf = (node: NodeId): NodeId => {
    let root = node;
    for (let up = parents.get(root); up !== undefined; up = parents.get(root)) root = up;
    return root;
  };
  for (const [node, others] of links) {
    for (const other of others) {
      const [a, b] = [rootOf(node), rootOf(other)];
      if (a !== b && links.get(other)?.includes(node)) parents.set(a, b);
    }
  }
  const islands = Map.groupBy(links.keys(), rootOf);
  return [...islands.values()].sort((a, b) => b.length - a.length);
}
