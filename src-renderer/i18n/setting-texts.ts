import type { SettingKey } from '#contract/settings.ts';

/** What the page keeps for itself in the settings, and shows nobody. */
export type HiddenSettingKey = Extract<SettingKey, 'page.layout' | 'page.welcomed' | 'page.votes-asked'>;
export type ShownSettingKey = Exclude<SettingKey, HiddenSettingKey>;

/** Name and help of every setting that is shown, by its key. Keys have dots in them: they are looked up flat. */
export type SettingTexts = Readonly<Record<ShownSettingKey, { readonly title: string; readonly help: string }>>;
