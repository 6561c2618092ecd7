import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { formatTarget, type PeerTarget, parseAddress } from '../contract/address.ts';
import { AppError } from '../contract/errors.ts';
import { type NodeId, parseNodeId } from '../contract/ids.ts';
import type { DemoPeerOptions } from './demo-deps.ts';

/** A peer in a process of its own, which can therefore be killed as by a loss of power. */
export class ChildPeer {
  readonly target: PeerTarget & { readonly nodeId: NodeId };
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, target: PeerTarget & { readonly nodeId: NodeId }) {
    this.#process = process;
    this.target = target;
  }

  /** Starts it and waits until it listens; fails when it ends before. */
  static async start(command: readonly [string, ...string[]], options: DemoPeerOptions): Promise<ChildPeer> {
    const [program, ...first] = command;
    const child = spawn(program, [...first, ...toArguments(options)], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      return new ChildPeer(child, await readTarget(child));
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
  }

  /** Ends it at once, without a word to anybody. Idempotent. */
  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exit;
  }
}

const toArguments = ({ folder, downloads, shares, bootstrap, settings }: DemoPeerOptions): string[] => [
  ...['peer', '--json', '--no-lan', '--data', folder, '--downloads', downloads, '--listen', '127.0.0.1:0'],
  ...shares.flatMap((share) => ['--share', share]),
  ...bootstrap.flatMap((target) => ['--bootstrap', formatTarget(target)]),
  ...Object.entries(settings).flatMap(([key, value]) => ['--set', `${key}=${value}`]),
];

async function readTarget({ stdout }: ChildProcess): Promise<PeerTarget & { readonly nodeId: NodeId }> {
  if (stdout) {
    for await (const line of createInterface({ input: stdout })) {
      const { event, node, listen } = JSON.parse(line) as { event: string; node: string; listen: string };
      if (event !== 'ready') continue;
      const [nodeId, address] = [parseNodeId(node), parseAddress(listen)];
      stdout.resume();
      if (nodeId && address) return { nodeId, address };
    }
  }
  throw new AppError('demo.failed', { why: 'the peer in a process of its own did not start' });
}
