import type { Migration } from '../migrations.ts';

export const sourceWays0110: Migration = {
  version: 110,
  name: 'source ways',
  sql: [
    // Whether others can connect to a source and the supernode to call it through (protocol section 11), as JSON; null: nothing is known.
    'ALTER TABLE download_sources ADD COLUMN ways TEXT',
  ],
};
