import type { Migration } from '../migrations.ts';

export const transfers0070: Migration = {
  version: 70,
  name: 'transfers',
  sql: [
    // 0: the setting holds.
    'ALTER TABLE downloads ADD COLUMN rate_limit INTEGER NOT NULL DEFAULT 0',
    // Unix time; NULL for those of before, of which nobody knows it.
    'ALTER TABLE downloads ADD COLUMN added_ms INTEGER',
    // The user wants no bytes of it.
    'ALTER TABLE download_sources ADD COLUMN avoided INTEGER NOT NULL DEFAULT 0',
    // How downloads ended, for showing. AUTOINCREMENT: an id is never given again, for pages go on from one.
    `CREATE TABLE history (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      hash TEXT NOT NULL,
      name TEXT NOT NULL,
      size INTEGER,
      outcome TEXT NOT NULL,
      path TEXT,
      reason TEXT,
      ended_ms INTEGER NOT NULL,
      bytes INTEGER NOT NULL
    ) STRICT`,
  ],
};
