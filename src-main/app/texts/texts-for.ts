import { ar } from './ar.ts';
import { de } from './de.ts';
import { en, type Texts } from './en.ts';
import { es } from './es.ts';
import { zh } from './zh.ts';

export type { Texts } from './en.ts';

const CATALOGUES: Readonly<Record<string, Texts>> = { ar, de, en, es, zh };

/** Texts of the language that the user chose, else of the system's (`de-AT` is German), else English. */
export function textsFor(chosen: string | undefined, systemLocale: string): Texts {
  const language = (locale: string | undefined) => CATALOGUES[locale?.split(/[-_]/)[0]?.toLowerCase() ?? ''];
  return language(chosen) ?? language(systemLocale) ?? en;
}

/** `text` with each `{name}` replaced. */
export const fill = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '');
