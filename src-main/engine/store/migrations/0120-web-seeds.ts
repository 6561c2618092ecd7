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
    // What a list says of the bytes of a file beside its ContentHash: SHA-256 of all of it as hex, of pieces of so many bytes 32 bytes each.
    `CREATE TABLE download_check (
      id TEXT PRIMARY KEY REFERENCES downloads (id) ON DELETE CASCADE,
      sha256 TEXT,
      piece_bytes INTEGER,
      pieces BLOB
    ) STRICT`,
    // A file of which no chunk layer is known, from web servers: one bit for each segment that lies in the part.
    `CREATE TABLE download_fetched (
      id TEXT PRIMARY KEY REFERENCES downloads (id) ON DELETE CASCADE,
      fetched BLOB NOT NULL
    ) STRICT`,
  ],
};
