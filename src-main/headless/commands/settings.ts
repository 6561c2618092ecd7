import { resolve } from 'node:path';
import type { Command } from 'commander';
import { AppError } from '../../contract/errors.ts';
import type { SettingView } from '../../contract/outputs.ts';
import { isSettingKey, type SettingKey } from '../../contract/settings.ts';
import { safeText } from '../format.ts';
import type { Table } from '../output.ts';
import { type Call, makeCommand, type Session, withPeer } from '../session.ts';

const SPEC = {
  name: 'settings',
  summary: 'Show or change settings.',
  examples: ['settings', 'settings upload.slots', 'settings upload.rate 2MiB'],
};

export const settingsCommand = (session: Session): Command =>
  makeCommand(SPEC)
    .argument('[KEY]', 'one setting; all without it')
    .argument('[VALUE]', 'its new value; durations as 90s, 5min, 2h; sizes and rates as 64KiB, 10MB')
    .action((key: string | undefined, value: string | undefined, _options, command: Command) =>
      withPeer(session, command, async (call) => {
        if (key === undefined) return call.out.list(await call.peer.query('settings', {}), TABLE);
        if (!isSettingKey(key)) throw new AppError('settings.unknown', { key });
        await (value === undefined ? show(call, key) : change(call, key, toStored(session, key, value)));
      }),
    );

/** A folder is meant from where the user stands, not from where the peer was started. */
const toStored = ({ host }: Session, key: SettingKey, value: string): string =>
  key === 'downloads.folder' && value !== '' ? resolve(host.workingFolder, value) : value;

async function show({ peer, out }: Call, key: SettingKey): Promise<void> {
  const setting = (await peer.query('settings', {})).find((one) => one.key === key);
  if (!setting) throw new AppError('settings.unknown', { key });
  out.answer(setting, () => [`${key} = ${safeText(String(setting.value))}`, setting.help]);
}

async function change({ peer, out }: Call, key: SettingKey, given: string): Promise<void> {
  const { value, restartNeeded } = await peer.command('settings.set', { key, value: given });
  const when = restartNeeded ? 'in force when the peer is started again' : 'in force now';
  out.answer({ key, value, restartNeeded }, () => `${key} = ${safeText(String(value))} (${when})`);
}

const TABLE: Table<SettingView> = {
  header: ['KEY', 'VALUE', 'DEFAULT', 'WHAT'],
  none: 'no settings',
  row: (setting) => [setting.key, shown(setting.value), shown(setting.default), setting.help],
};
const shown = (value: SettingView['value']): string => (value === '' ? '""' : safeText(String(value)));
