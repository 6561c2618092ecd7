import { writeFileSync } from 'node:fs';
import { PAGES } from './pages.ts';

/** Writes the pages of docs/ that are made from the code: `npm run docs`. */
for (const [name, page] of Object.entries(PAGES)) {
  writeFileSync(new URL(`../../docs/${name}`, import.meta.url), page());
}
