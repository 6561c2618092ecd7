import { Command, CommanderError } from 'commander';
import type { PeerAddress, PeerTarget } from '../contract/address.ts';
import { AppError } from '../contract/errors.ts';
import type { SettingKey, SettingValue } from '../contract/settings.ts';
import { collect, readListenAddress, readPath, readSetting, readTarget } from '../headless/arguments.ts';
import { defaultDataFolder } from '../headless/default-folders.ts';
import type { PeerRun } from '../headless/open-peer.ts';

type Options = {
  readonly data?: string;
  readonly share?: readonly string[];
  readonly downloads?: string;
  readonly listen?: PeerAddress;
  readonly bootstrap?: readonly PeerTarget[];
  readonly lan: boolean;
  readonly set?: readonly (readonly [SettingKey, SettingValue])[];
  readonly hidden?: true;
};

export type StartWish = {
  readonly run: PeerRun;
  /** Starts in the tray. */
  readonly isHidden: boolean;
};

/**
 * The application's own options, those of `shoal peer`; Chromium's, links and files are passed over. Fails with input.invalid.
 */
export function readStartWords(words: readonly string[], workingFolder: string): StartWish {
  try {
    return toWish(makeCommand(workingFolder).parse(words, { from: 'user' }).opts<Options>());
  } catch (cause) {
    if (!(cause instanceof CommanderError)) throw cause;
    throw new AppError('input.invalid', { what: 'option', why: cause.message.replace(/^error: /, '') }, { cause });
  }
}

function makeCommand(workingFolder: string): Command {
  const path = readPath(workingFolder);
  return new Command('shoal')
    .helpOption(false)
    .allowUnknownOption()
    .allowExcessArguments()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined })
    .option('--data <DIR>', '', path)
    .option('--share <DIR>', '', collect(path))
    .option('--downloads <DIR>', '', path)
    .option('--listen <HOST:PORT>', '', readListenAddress)
    .option('--bootstrap <HOST:PORT>', '', collect(readTarget))
    .option('--no-lan')
    .option('--set <KEY=VALUE>', '', collect(readSetting))
    .option('--hidden');
}

const toWish = ({
  data,
  share = [],
  downloads,
  listen,
  bootstrap = [],
  lan,
  set = [],
  hidden,
}: Options): StartWish => ({
  run: {
    dataFolder: data ?? defaultDataFolder(),
    shares: share,
    bootstrap,
    overrides: {
      ...Object.fromEntries(set),
      ...(lan ? {} : { 'discovery.lan': false }),
      ...(downloads === undefined ? {} : { 'downloads.folder': downloads }),
    },
    ...(listen ? { listen } : {}),
  },
  isHidden: hidden === true,
});
