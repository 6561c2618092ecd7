import { Command, CommanderError } from 'commander';
import { errorText, toAppError } from '../contract/errors.ts';
import { commandFirst } from './arguments.ts';
import { COMMAND_LIST } from './commands/index.ts';
import { EXIT, type ExitStatus, exitStatusOf } from './exit-status.ts';
import { safeText } from './format.ts';
import type { Host } from './host.ts';
import type { Session } from './session.ts';

/** Runs `shoal WORDS…`; gives the exit status. Never rejects. */
export async function runProgram(host: Host, words: readonly string[]): Promise<ExitStatus> {
  const session: Session = { host, status: EXIT.done };
  const program = makeProgram(session);
  try {
    const ordered = commandFirst(program, words);
    checkHelp(program, ordered);
    await program.parseAsync(ordered, { from: 'user' });
    return session.status;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.done : EXIT.usage;
    const error = toAppError(thrown);
    host.stderr.write(`shoal: ${safeText(errorText(error))}\n`);
    return exitStatusOf(error);
  }
}

/** Asked for the help of a command that there is not, commander would show that of the program. */
function checkHelp(program: Command, [first, name]: readonly string[]): void {
  const isName = first === 'help' && name !== undefined && name !== 'help' && !name.startsWith('-');
  if (isName && !program.commands.some((command) => command.name() === name))
    program.error(`error: unknown command '${name}'`);
}

function makeProgram(session: Session): Command {
  const { host } = session;
  const program = new Command('shoal')
    .description('Search and share files without servers.')
    .usage('COMMAND [options]')
    .version(host.version, '--version', 'show the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [COMMAND]', 'show help for a command')
    .addHelpText('after', EPILOGUE);
  for (const make of COMMAND_LIST) program.addCommand(make(session));
  for (const command of allCommands(program)) setUp(command, host);
  return program;
}

const EPILOGUE = `
Examples:
  $ shoal peer --share ~/Music          run a peer that shares a folder
  $ shoal search "blue train" type:audio
  $ shoal get HASH --wait

Options may stand before or after the command. Exit status: 0 done, 1 failed, 2 usage, 3 no running peer, 4 not found.`;

const allCommands = (command: Command): Command[] => [command, ...command.commands.flatMap(allCommands)];

/** Errors of usage are one line, and an exception instead of the end of the process. */
function setUp(command: Command, host: Host): void {
  const path = commandPath(command);
  command.exitOverride().configureOutput({
    writeOut: (text) => host.stdout.write(text),
    writeErr: (text) => host.stderr.write(text),
    outputError: (text, write) =>
      write(`shoal: ${safeText(toOneLine(text.replace(/^error: /, '')))} (see "${path} --help")\n`),
  });
}

/** Commander gives its suggestion a line of its own. */
const toOneLine = (text: string): string => text.trim().replaceAll(/\s*\n\s*/g, ' ');

const commandPath = (command: Command): string =>
  command.parent ? `${commandPath(command.parent)} ${command.name()}` : command.name();
