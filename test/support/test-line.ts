import { spawnSync } from 'node:child_process';

/** What a line can do, the same both ways. `rateBps`: bytes a second; `lossPercent`: of the packets, of any of them. Without both nothing is held back. */
export type Line = { readonly rateBps?: number; readonly lossPercent?: number };

/** One end of a cable: a device of a namespace. */
export type CableEnd = { readonly namespace: string; readonly device: string };

/** What a token bucket lets pass at once; no less than what passes between two looks of the kernel at its clock. */
const BURST_BYTES = 16 * 1024;
/** What the queue before a line holds, as homes have them; more is lost. */
const QUEUE_MS = 50;

/** Makes a cable a line: each end sends no faster than its rate, and loses what it is sent. In place of what it was before. */
export function setLine(ends: readonly CableEnd[], { rateBps, lossPercent = 0 }: Line): void {
  for (const { namespace, device } of ends) {
    if (rateBps === undefined) run('tc', ['-n', namespace, 'qdisc', 'replace', 'dev', device, 'root', 'noqueue']);
    else {
      const bucket = ['rate', `${rateBps * 8}bit`, 'burst', `${BURST_BYTES}`, 'latency', `${QUEUE_MS}ms`];
      run('tc', ['-n', namespace, 'qdisc', 'replace', 'dev', device, 'root', 'tbf', ...bucket]);
    }
    // Before anything else sees it: a router, too, learns nothing of what is lost.
    const hook = `type filter hook ingress device ${device} priority 0;`;
    const rule = lossPercent > 0 ? `numgen random mod 1000 < ${Math.round(lossPercent * 10)} drop;` : '';
    const table = `netdev line-${device}`;
    const script = `table ${table}; delete table ${table}; table ${table} { chain in { ${hook} ${rule} }; }`;
    run('ip', ['netns', 'exec', namespace, 'nft', script]);
  }
}

function run(command: string, words: readonly string[]): void {
  const { status, stderr } = spawnSync(command, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${words.join(' ')}: ${stderr}`);
}
