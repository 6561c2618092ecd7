import type { Migration } from '../migrations.ts';

export const searchMemory0180: Migration = {
  version: 180,
  name: 'search-memory',
  sql: ['CREATE TABLE search_memory (id INTEGER PRIMARY KEY CHECK (id = 1), text TEXT NOT NULL) STRICT'],
};
