import { execFileSync, spawnSync } from 'node:child_process';
import { expect, onTestFinished } from 'vitest';

/** Whether this process may make network namespaces: root, with iproute2. */
export const hasNamespaces = ((): boolean => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const name = `shoal-try-${process.pid}`;
  if (spawnSync('ip', ['netns', 'add', name]).status !== 0) return false;
  return spawnSync('ip', ['netns', 'del', name]).status === 0;
})();

/**
 * Two network namespaces joined by a cable; `addresses` are given to the end in each, with their prefix length. Removed when the test ends.
 */
export async function makeCable(...addresses: readonly (readonly string[])[]): Promise<readonly string[]> {
  const names = addresses.map((_, at) => `shoal-${process.pid}-${at}`);
  const ip = (...words: readonly string[]) => execFileSync('ip', words, { stdio: 'pipe' });
  onTestFinished(() => {
    for (const name of names) spawnSync('ip', ['netns', 'del', name]);
  });
  for (const name of names) ip('netns', 'add', name);
  const [first = '', second = ''] = names;
  ip('link', 'add', 'shoal0', 'netns', first, 'type', 'veth', 'peer', 'name', 'shoal0', 'netns', second);
  for (const [at, name] of names.entries()) {
    for (const address of addresses[at] ?? []) {
      // Without the second of duplicate address detection.
      ip('-n', name, 'address', 'add', address, 'dev', 'shoal0', ...(address.includes(':') ? ['nodad'] : []));
    }
    ip('-n', name, 'link', 'set', 'lo', 'up');
    ip('-n', name, 'link', 'set', 'shoal0', 'up');
  }
  // The kernel tells a moment later that something is at the other end.
  for (const name of names) {
    await expect.poll(() => ip('-n', name, 'link', 'show', 'shoal0').toString()).toContain('state UP');
  }
  return names;
}
