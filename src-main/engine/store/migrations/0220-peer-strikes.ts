import type { Migration } from '../migrations.ts';

export const peerStrikes0220: Migration = {
  version: 220,
  name: 'peer strikes',
  sql: ['ALTER TABLE strikes ADD COLUMN peer_strikes REAL NOT NULL DEFAULT 0 CHECK (peer_strikes >= 0)'],
};
