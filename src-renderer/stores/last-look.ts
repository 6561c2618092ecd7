import { DEFAULT_SETTINGS, SETTINGS, type Settings } from '#contract/settings.ts';

/** What the page looks like before the peer has told its settings. */
const KEYS = ['page.theme', 'page.language', 'page.density'] as const;
type Look = Pick<Settings, (typeof KEYS)[number]>;

const PLACE = 'shoal.look';

/** As the page was last seen in this browser; nothing where that is not known, or not understood. */
export function readLook(storage: Pick<Storage, 'getItem'> = localStorage): Partial<Look> {
  try {
    const kept: unknown = JSON.parse(storage.getItem(PLACE) ?? '{}');
    if (typeof kept !== 'object' || kept === null) return {};
    const isKnown = (key: keyof Look) => (SETTINGS[key].choices as readonly unknown[]).includes((kept as Look)[key]);
    return Object.fromEntries(KEYS.filter(isKnown).map((key) => [key, (kept as Look)[key]]));
  } catch {
    return {};
  }
}

export function keepLook(settings: Settings, storage: Pick<Storage, 'setItem'> = localStorage): void {
  try {
    const look = KEYS.filter((key) => settings[key] !== DEFAULT_SETTINGS[key]).map((key) => [key, settings[key]]);
    storage.setItem(PLACE, JSON.stringify(Object.fromEntries(look)));
  } catch {
    // A browser that keeps nothing shows the defaults for a moment each time.
  }
}
