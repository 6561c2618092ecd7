import type { Migration } from '../migrations.ts';

export const givenSources0060: Migration = {
  version: 60,
  name: 'given-sources',
  sql: [
    // Sources that the user gave to a download: no dialling rule holds for them. node is null until the peer there said who it is.
    `CREATE TABLE download_given (
      id TEXT NOT NULL REFERENCES downloads (id) ON DELETE CASCADE,
      host TEXT NOT NULL,
      port INTEGER NOT NULL,
      node TEXT,
      PRIMARY KEY (id, host, port)
    ) STRICT, WITHOUT ROWID`,
  ],
};
