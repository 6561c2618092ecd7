import type { Migration } from '../migrations.ts';

export const contentTypes0200: Migration = {
  version: 200,
  name: 'content-types',
  sql: [
    // What files are by their first bytes; the oldest have the smallest id and are forgotten first.
    `CREATE TABLE content_types (id INTEGER PRIMARY KEY, hash TEXT NOT NULL, size INTEGER NOT NULL, type TEXT NOT NULL,
       UNIQUE (hash, size)) STRICT`,
    // The user wants it although it is a program under another name.
    'ALTER TABLE downloads ADD COLUMN accepted INTEGER NOT NULL DEFAULT 0',
  ],
};
