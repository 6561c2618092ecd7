import type { Migration } from '../migrations.ts';

const COLUMNS = 'size, modified_ms, inode, device, hash';

export const leftOutIdentity0210: Migration = {
  version: 210,
  name: 'left-out-identity',
  sql: [
    // By what a file that is left out is known again under another path; null until it was looked at. hash: of what it held when it was left
    // out, if that was known.
    'ALTER TABLE left_out_files ADD COLUMN size INTEGER',
    'ALTER TABLE left_out_files ADD COLUMN modified_ms REAL',
    'ALTER TABLE left_out_files ADD COLUMN inode TEXT',
    'ALTER TABLE left_out_files ADD COLUMN device TEXT',
    'ALTER TABLE left_out_files ADD COLUMN hash TEXT',
    `UPDATE left_out_files SET (${COLUMNS}) =
      (SELECT ${COLUMNS} FROM shared_files WHERE shared_files.path = left_out_files.path)`,
  ],
};
