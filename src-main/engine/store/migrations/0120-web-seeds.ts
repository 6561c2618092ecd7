import type { Migration } from '../migrations.ts';

export const webSeeds0120: Migration = {
  version: 120,
  name: 'web-seeds',
  sql: [
    // Web servers that have the file of a download. local_allowed: the user lets the host lie in a local network.
    `CREATE TABLE download_web (
      id TEXT NOT NULL REFERENCES downloads (id) ON DELETE CASCADE,
      url TEXT NOT NULL,
      local_allowed INTEGER NOT NULL,
      banned TEXT,
      bytes INTEGER NOT NULL,
      avoided INTEGER NOT NULL,
      PRIMARY KEY (id, url)
    ) STRICT, WITHOUT ROWID`,
  ],
};
