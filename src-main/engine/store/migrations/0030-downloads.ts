import type { Migration } from '../migrations.ts';

export const downloads0030: Migration = {
  version: 30,
  name: 'downloads',
  sql: [
    // What the user asked for. size_given: the size is the user's, not only what sources claim. state: wanted, paused, done, failed; everything finer is found out again at each start.
    `CREATE TABLE downloads (
      id TEXT PRIMARY KEY,
      hash TEXT NOT NULL,
      size INTEGER,
      name TEXT NOT NULL,
      output TEXT,
      folder TEXT NOT NULL,
      state TEXT NOT NULL,
      reason TEXT,
      place INTEGER NOT NULL,
      max_sources INTEGER,
      only_node TEXT,
      final_path TEXT,
      size_given INTEGER NOT NULL
    ) STRICT`,
    // One bit per recorded chunk (lowest bit first), and the chunk layer: apart from downloads, because they are large and change often.
    `CREATE TABLE download_progress (
      id TEXT PRIMARY KEY REFERENCES downloads (id) ON DELETE CASCADE,
      layer BLOB NOT NULL,
      recorded BLOB NOT NULL
    ) STRICT`,
    // Sources are never thrown away, so they outlive a restart. named_by: supernodes to blame if the source is not one.
    `CREATE TABLE download_sources (
      id TEXT NOT NULL REFERENCES downloads (id) ON DELETE CASCADE,
      node TEXT NOT NULL,
      addresses TEXT NOT NULL,
      sizes TEXT NOT NULL,
      named_by TEXT NOT NULL,
      banned TEXT,
      bytes INTEGER NOT NULL,
      PRIMARY KEY (id, node)
    ) STRICT, WITHOUT ROWID`,
  ],
};
