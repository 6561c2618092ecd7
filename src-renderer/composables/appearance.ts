import { usePreferredDark, usePreferredLanguages } from '@vueuse/core';
import { computed, watchEffect } from 'vue';
import { useI18n } from 'vue-i18n';
import { useLocale, useTheme } from 'vuetify';
import { chooseLanguage, loadLanguage, type PageI18n, RIGHT_TO_LEFT } from '../i18n/index.ts';
import { useSettings } from '../stores/settings.ts';

/** Makes the page look and speak as the settings say. */
export function useAppearance(): void {
  const settings = useSettings();
  const theme = useTheme();
  const isDark = usePreferredDark();
  const languages = usePreferredLanguages();
  const i18n = useI18n({ useScope: 'global' }) as unknown as PageI18n['global'];
  const vuetify = useLocale();
  const language = computed(() => chooseLanguage(settings.values['page.language'], languages.value));

  watchEffect(() => {
    const wanted = settings.values['page.theme'];
    const name = wanted === 'system' ? (isDark.value ? 'dark' : 'light') : wanted;
    void theme.change(name);
    document.documentElement.style.colorScheme = name;
  });
  watchEffect(() => {
    const next = language.value;
    void loadLanguage(i18n, next).then(() => {
      if (language.value !== next) return;
      i18n.locale.value = next;
      vuetify.current.value = next;
      document.documentElement.lang = next;
      document.documentElement.dir = RIGHT_TO_LEFT.includes(next) ? 'rtl' : 'ltr';
    });
  });
}
