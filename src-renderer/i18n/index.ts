import { createI18n } from 'vue-i18n';
import type { Catalogue } from './catalogue.ts';
import en from './en/index.ts';

/** Languages of the page, by the name that their own speakers use. */
export const LANGUAGES = { en: 'English', de: 'Deutsch', es: 'Español', zh: '简体中文', ar: 'العربية' } as const;
export type Language = keyof typeof LANGUAGES;
export const RIGHT_TO_LEFT: readonly Language[] = ['ar'];

/** All but English are loaded when they are wanted. */
const CATALOGUES: Readonly<Record<Exclude<Language, 'en'>, () => Promise<{ readonly default: Catalogue }>>> = {
  de: () => import('./de/index.ts'),
  es: () => import('./es/index.ts'),
  zh: () => import('./zh/index.ts'),
  ar: () => import('./ar/index.ts'),
};

export const makeI18n = () =>
  createI18n({
    legacy: false,
    locale: 'en' as string,
    fallbackLocale: 'en',
    messages: { en } as Record<string, Catalogue>,
    pluralRules: { ar: arabicPlural },
  });
export type PageI18n = ReturnType<typeof makeI18n>;

const isLanguage = (text: string): text is Language => Object.hasOwn(LANGUAGES, text);

/** The language that the setting asks for; `system` is the browser's, as far as there is a catalogue. */
export function chooseLanguage(setting: string, browser: readonly string[]): Language {
  if (isLanguage(setting)) return setting;
  return browser.map((tag) => tag.slice(0, 2).toLowerCase()).find(isLanguage) ?? 'en';
}

/** Makes sure that a language can be shown. */
export async function loadLanguage(i18n: PageI18n['global'], language: Language): Promise<void> {
  if (language === 'en' || i18n.availableLocales.includes(language)) return;
  i18n.setLocaleMessage(language, (await CATALOGUES[language]()).default);
}

/** CLDR: zero, one, two, few, many, other. Three forms are none, one and more; messages with two use what they have. */
function arabicPlural(count: number, forms: number): number {
  if (forms === 3) return Math.min(count, 2);
  const rest = count % 100;
  const form = count <= 2 ? count : rest >= 3 && rest <= 10 ? 3 : rest >= 11 ? 4 : 5;
  return forms === 6 ? form : Math.min(count === 1 ? 0 : 1, forms - 1);
}
