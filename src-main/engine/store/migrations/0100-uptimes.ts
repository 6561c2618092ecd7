import type { Migration } from '../migrations.ts';

export const uptimes0100: Migration = {
  version: 100,
  name: 'uptimes',
  sql: [
    // How long this peer was up, one row for each run, the last ones only: what others may expect of it (protocol section 7).
    `CREATE TABLE uptimes (
      run INTEGER PRIMARY KEY,
      up_ms REAL NOT NULL
    ) STRICT`,
  ],
};
