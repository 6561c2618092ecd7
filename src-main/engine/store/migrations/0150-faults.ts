import type { Migration } from '../migrations.ts';

const add = (table: string): string[] => [
  // `banned` is why; a ban for ever becomes one with a term, which begins now.
  `ALTER TABLE ${table} ADD COLUMN faults INTEGER NOT NULL DEFAULT 0`,
  // Milliseconds from the last fault until the row was written, and this machine's time then.
  `ALTER TABLE ${table} ADD COLUMN fault_age_ms INTEGER NOT NULL DEFAULT 0`,
  `ALTER TABLE ${table} ADD COLUMN fault_kept_ms INTEGER`,
  `UPDATE ${table} SET faults = 1 WHERE banned IS NOT NULL`,
];

export const faults0150: Migration = {
  version: 150,
  name: 'faults',
  sql: [...add('download_sources'), ...add('download_web')],
};
