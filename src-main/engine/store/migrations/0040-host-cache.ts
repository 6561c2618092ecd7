import type { Migration } from '../migrations.ts';

/** Supernodes remembered from one start to the next. `source` is the address block of whoever named it, empty when this peer found it. */
export const hostCache0040: Migration = {
  version: 40,
  name: 'host-cache',
  sql: [
    `CREATE TABLE host_cache (
       node_id TEXT PRIMARY KEY,
       host TEXT NOT NULL,
       port INTEGER NOT NULL,
       tried INTEGER NOT NULL,
       served_ms INTEGER NOT NULL,
       source TEXT NOT NULL
     ) STRICT, WITHOUT ROWID`,
  ],
};
