import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

type Command = readonly [program: string, ...words: string[]];
/** What a system says of who pays for the line, and what of it means that it is paid by the byte. */
type Source = { readonly command: Command; readonly isMetered: (answer: string) => boolean | undefined };

/** A service that does not answer tells nothing. */
const PATIENCE_MS = 5000;
const ANSWER_BYTES = 4096;

const NETWORK_MANAGER = 'org.freedesktop.NetworkManager';
/** NMMetered of NetworkManager's D-Bus interface: yes and no, said by the user or the network; guessed: by the kind of line. */
const NM_METERED: Readonly<Record<string, boolean>> = { 1: true, 2: false, 3: true, 4: false };
/** NetworkCostType of the Windows Runtime: a plan with an amount (fixed), or paid by the byte (variable). */
const WINDOWS_COSTS: Readonly<Record<string, boolean>> = { Unrestricted: false, Fixed: true, Variable: true };
const WINDOWS_PROFILE = 'Windows.Networking.Connectivity.NetworkInformation';

/** macOS has no command that tells it. */
const SOURCES: Readonly<Partial<Record<NodeJS.Platform, Source>>> = {
  linux: {
    command: [
      'busctl',
      ...['--system', '--timeout=3', 'get-property'],
      ...[NETWORK_MANAGER, `/${NETWORK_MANAGER.replaceAll('.', '/')}`, NETWORK_MANAGER, 'Metered'],
    ],
    isMetered: (answer) => NM_METERED[/^u (\d+)\s*$/.exec(answer)?.[1] ?? ''],
  },
  win32: {
    command: [
      'powershell.exe',
      ...['-NoProfile', '-NonInteractive', '-Command'],
      `[void][${WINDOWS_PROFILE},Windows,ContentType=WindowsRuntime];` +
        `[${WINDOWS_PROFILE}]::GetInternetConnectionProfile().GetConnectionCost().NetworkCostType`,
    ],
    isMetered: (answer) => WINDOWS_COSTS[answer.trim()],
  },
};

/** Asks the system whether the line is paid by the byte: NetworkManager on Linux, the connection profile on Windows. Undefined where nobody knows. */
export async function askLineCost(platform: NodeJS.Platform = process.platform): Promise<boolean | undefined> {
  const source = SOURCES[platform];
  if (!source) return undefined;
  const [program, ...words] = source.command;
  try {
    const options = { timeout: PATIENCE_MS, maxBuffer: ANSWER_BYTES, windowsHide: true };
    const { stdout } = await promisify(execFile)(program, words, options);
    return source.isMetered(stdout);
  } catch {
    // No such program or service here: the line counts as one that costs nothing.
    return undefined;
  }
}
