import type { Migration } from '../migrations.ts';

export const credit0130: Migration = {
  version: 130,
  name: 'credit',
  sql: [
    // Bytes exchanged with each peer, as they counted at `at_ms` of the ledger's own time.
    `CREATE TABLE upload_credit (
      node TEXT PRIMARY KEY,
      received INTEGER NOT NULL CHECK (received >= 0),
      sent INTEGER NOT NULL CHECK (sent >= 0),
      at_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    // The ledger's time when it was last written, and this machine's, so that the next run knows how long it was away.
    `CREATE TABLE upload_credit_clock (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      at_ms INTEGER NOT NULL,
      wall_ms INTEGER NOT NULL
    ) STRICT`,
  ],
};
