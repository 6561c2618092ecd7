import type { Migration } from '../migrations.ts';

export const relocation0140: Migration = {
  version: 140,
  name: 'relocation',
  // Where a part of it may lie that is to be removed: a move to another folder began or ended.
  sql: ['ALTER TABLE downloads ADD COLUMN other_folder TEXT'],
};
