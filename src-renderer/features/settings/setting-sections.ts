import { SETTING_KEYS, type SettingKey } from '#contract/settings.ts';
import type { ShownSettingKey } from '../../i18n/setting-texts.ts';

export type SectionName = 'appearance' | 'folders' | 'speed' | 'slots' | 'network' | 'search' | 'advanced';
export type Section = { readonly name: SectionName; readonly keys: readonly ShownSettingKey[] };

const HIDDEN: readonly string[] = ['page.layout', 'page.welcomed', 'page.votes-asked'];
export const isShownSetting = (key: SettingKey): key is ShownSettingKey => !HIDDEN.includes(key);

/** What people look for, where they look for it; everything else is advanced. */
const CHOSEN: Readonly<Record<Exclude<SectionName, 'advanced'>, readonly ShownSettingKey[]>> = {
  appearance: ['page.language', 'page.theme', 'page.density'],
  folders: [
    'downloads.folder',
    'downloads.share',
    'downloads.origin',
    'library.browse',
    'votes.publish',
    'library.rescan',
    'download.history',
  ],
  speed: [
    'download.rate',
    'download.rate-each',
    'upload.rate',
    'upload.rate-each',
    'upload.paused',
    'limits.schedule',
    'limits.down-percent',
    'limits.up-percent',
    'limits.quiet',
    'limits.quiet-percent',
  ],
  slots: [
    'download.running',
    'download.sources',
    'upload.slots',
    'upload.per-file',
    'upload.queue',
    'upload.small-lane',
    'upload.slot-turn',
    'upload.slot-overrun',
    'upload.slow',
  ],
  network: [
    'peer.name',
    'peer.listen',
    'peer.bind',
    'discovery.lan',
    'reach.map-port',
    'relay.volunteer',
    'supernode.role',
    'supernode.children',
    'supernode.neighbours',
    'overlay.standby',
  ],
  search: ['search.results', 'search.max-supernodes', 'search.timeout', 'search.watch-every'],
};
const chosen = new Set<string>(Object.values(CHOSEN).flat());

export const SECTIONS: readonly Section[] = [
  ...Object.entries(CHOSEN).map(([name, keys]) => ({ name: name as SectionName, keys })),
  { name: 'advanced', keys: SETTING_KEYS.filter(isShownSetting).filter((key) => !chosen.has(key)) },
];

/** What stands before the first dot. */
export const prefixOf = (key: string): string => key.slice(0, key.indexOf('.'));
