import type { Migration } from '../migrations.ts';

export const fetchedSegments0160: Migration = {
  version: 160,
  name: 'fetched-segments',
  // Bytes of a segment; null: the row is of a version that took as many whole pieces as 4 MiB hold, or 4 MiB where there were none.
  sql: ['ALTER TABLE download_fetched ADD COLUMN segment_bytes INTEGER'],
};
