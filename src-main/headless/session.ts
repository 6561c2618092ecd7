import { resolve } from 'node:path';
import { Command } from 'commander';
import { readName } from './arguments.ts';
import { ControlClient } from './control-client.ts';
import { defaultDataFolder } from './default-folders.ts';
import type { ExitStatus } from './exit-status.ts';
import type { Host } from './host.ts';
import { Output } from './output.ts';

/** One run of the command line: what it has, and what it ends with. */
export type Session = { readonly host: Host; status: ExitStatus };

type Spec = { readonly name: string; readonly summary: string; readonly examples: readonly string[] };
type CommonOptions = { readonly data?: string; readonly json?: true };

/** A command with what all commands share: `--json`, help with examples, and `--data` unless it needs no peer. */
export function makeCommand(spec: Spec, { needsData = true } = {}): Command {
  const command = makeGroup(spec);
  if (needsData) command.option('--data <DIR>', "the peer's data folder (default: the platform's place)", readName);
  return command.option('--json', 'print one JSON object a line');
}

/** A command that only has commands of its own: an option of the group would be taken from them. */
export function makeGroup(spec: Spec): Command {
  const command = new Command(spec.name).description(spec.summary).helpOption('-h, --help', 'show help');
  const examples = spec.examples.map((example) => `  $ shoal ${example}`).join('\n');
  return command.addHelpText('after', `\nExample${spec.examples.length > 1 ? 's' : ''}:\n${examples}`);
}

export const outputOf = ({ host }: Session, command: Command): Output =>
  new Output(host, command.opts<CommonOptions>().json === true);

export function dataFolderOf({ host }: Session, command: Command): string {
  const given = command.opts<CommonOptions>().data;
  return given === undefined ? defaultDataFolder() : resolve(host.workingFolder, given);
}

export type Call = { readonly peer: ControlClient; readonly out: Output };

/** Runs `task` with a connection to the peer of `--data`, which it closes. */
export async function withPeer(session: Session, command: Command, task: (call: Call) => Promise<void>): Promise<void> {
  const peer = await ControlClient.connect(dataFolderOf(session, command));
  try {
    await task({ peer, out: outputOf(session, command) });
  } finally {
    await peer.close();
  }
}
