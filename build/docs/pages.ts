import { limitsPage } from './limits-page.ts';
import { metricsPage } from './metrics-page.ts';
import { settingsPage } from './settings-page.ts';

/** The pages of docs/ that are written from the code. */
export const PAGES: Readonly<Record<string, () => string>> = {
  'limits.md': limitsPage,
  'metrics.md': metricsPage,
  'settings.md': settingsPage,
};
