import { useI18n } from 'vue-i18n';
import { createVuetify, type ThemeDefinition } from 'vuetify';
import { aliases, mdi } from 'vuetify/iconsets/mdi-svg';
import { createVueI18nAdapter } from 'vuetify/locale/adapters/vue-i18n';
import type { PageI18n } from '../i18n/index.ts';
import 'vuetify/styles/core';

/** Labels and hints that still reach the contrast on every ground. */
const variables = { 'medium-emphasis-opacity': 0.78 };

/** Colours of the sea; every pair of text and ground reaches the contrast of WCAG AA (checked by axe in the tests). */
const light: ThemeDefinition = {
  dark: false,
  variables,
  colors: {
    background: '#f4f7f9',
    surface: '#ffffff',
    'surface-variant': '#e3ebf0',
    'on-surface-variant': '#33454f',
    primary: '#00697a',
    'on-primary': '#ffffff',
    secondary: '#3d5a68',
    error: '#b3261e',
    warning: '#8a5300',
    success: '#1b6e3c',
    info: '#00629e',
  },
};
const dark: ThemeDefinition = {
  dark: true,
  variables,
  colors: {
    background: '#0d1518',
    surface: '#142026',
    'surface-variant': '#20313a',
    'on-surface-variant': '#c2d3db',
    primary: '#5fd4e6',
    'on-primary': '#00363f',
    secondary: '#a9c7d4',
    error: '#ffb4ab',
    warning: '#ffb95c',
    success: '#7fdb9f',
    info: '#93ccff',
  },
};

/** `nonce` lets the theme's style element through the policy of the page. */
export const makeVuetify = (nonce: string, i18n: PageI18n) =>
  createVuetify({
    icons: { defaultSet: 'mdi', aliases, sets: { mdi } },
    theme: { defaultTheme: 'light', cspNonce: nonce, themes: { light, dark } },
    locale: { adapter: createVueI18nAdapter({ i18n: i18n as never, useI18n: useI18n as never }) },
    defaults: {
      VBtn: { variant: 'text', rounded: 'lg' },
      VTextField: { variant: 'outlined', density: 'compact', hideDetails: 'auto' },
      VSelect: { variant: 'outlined', density: 'compact', hideDetails: 'auto' },
      VSwitch: { color: 'primary', density: 'compact', hideDetails: 'auto' },
      VCheckbox: { color: 'primary', density: 'compact', hideDetails: 'auto' },
      VCard: { rounded: 'lg', elevation: 0, border: true },
      VTooltip: { openDelay: 400 },
    },
  });
