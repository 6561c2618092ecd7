import type { Migration } from '../migrations.ts';

export const savedSearches0090: Migration = {
  version: 90,
  name: 'saved-searches',
  sql: [
    // Searches that the user keeps. runs counts those that went well; last_run_ms is null before the first.
    `CREATE TABLE saved_searches (
      place INTEGER PRIMARY KEY,
      id TEXT NOT NULL UNIQUE,
      words TEXT NOT NULL,
      watch INTEGER NOT NULL,
      fresh INTEGER NOT NULL,
      last_run_ms REAL,
      results INTEGER NOT NULL,
      runs INTEGER NOT NULL
    ) STRICT`,
    // Contents that a watched search has found: they are not announced again. run is the last one that found it.
    `CREATE TABLE saved_known (
      id TEXT NOT NULL REFERENCES saved_searches (id) ON DELETE CASCADE,
      hash BLOB NOT NULL,
      run INTEGER NOT NULL,
      PRIMARY KEY (id, hash)
    ) STRICT, WITHOUT ROWID`,
  ],
};
