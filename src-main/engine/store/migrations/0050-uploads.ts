import type { Migration } from '../migrations.ts';

export const uploads0050: Migration = {
  version: 50,
  name: 'uploads',
  sql: [
    // Peers that wait for a slot. The two times are of the clock of the run that wrote them: only their differences mean something.
    `CREATE TABLE upload_queue (
      node TEXT NOT NULL,
      hash TEXT NOT NULL,
      name TEXT NOT NULL,
      since_ms INTEGER NOT NULL,
      polled_ms INTEGER NOT NULL,
      PRIMARY KEY (node, hash)
    ) STRICT, WITHOUT ROWID`,
  ],
};
