import type { Migration } from '../migrations.ts';

export const strikes0190: Migration = {
  version: 190,
  name: 'strikes',
  sql: [
    // Who did what no honest peer does, by NodeId or address block. Times are how long ago, or how long still, at `wall_ms` of this
    // machine, so that a clock that was set moves no ban further than it went itself.
    `CREATE TABLE strikes (
      key TEXT PRIMARY KEY,
      strikes REAL NOT NULL CHECK (strikes >= 0),
      ago_ms INTEGER NOT NULL CHECK (ago_ms >= 0),
      banned_ms INTEGER NOT NULL CHECK (banned_ms >= 0),
      reasons TEXT NOT NULL,
      wall_ms INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
  ],
};
