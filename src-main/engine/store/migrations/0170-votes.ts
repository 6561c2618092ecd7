import type { Migration } from '../migrations.ts';

export const votes0170: Migration = {
  version: 170,
  name: 'votes',
  sql: [
    // What the user says of files. `verdict` none: taken back, which those who were told have to learn.
    `CREATE TABLE verdicts (
      hash TEXT NOT NULL,
      size INTEGER NOT NULL CHECK (size > 0),
      verdict TEXT NOT NULL,
      name TEXT NOT NULL,
      sequence INTEGER NOT NULL CHECK (sequence > 0),
      is_public INTEGER NOT NULL CHECK (is_public IN (0, 1)),
      signature TEXT NOT NULL,
      PRIMARY KEY (hash, size)
    ) STRICT, WITHOUT ROWID`,
    // What others say of the same files: what this peer knows its voters by. `judged` is what a voter said when the user judged.
    `CREATE TABLE votes_known (
      hash TEXT NOT NULL,
      size INTEGER NOT NULL CHECK (size > 0),
      node TEXT NOT NULL,
      verdict TEXT NOT NULL,
      sequence INTEGER NOT NULL CHECK (sequence > 0),
      block TEXT NOT NULL,
      judged TEXT NOT NULL,
      is_echo INTEGER NOT NULL CHECK (is_echo IN (0, 1)),
      PRIMARY KEY (hash, size, node)
    ) STRICT, WITHOUT ROWID`,
    // Those who voted there: when this peer met them first, in its own time, and the address block where it met them itself.
    `CREATE TABLE voters (
      node TEXT PRIMARY KEY,
      met_ms INTEGER NOT NULL,
      block TEXT
    ) STRICT, WITHOUT ROWID`,
    // Whose key signed the verdicts, and whose credit it is that others have here.
    `CREATE TABLE identity (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      node TEXT NOT NULL
    ) STRICT`,
    // That time when it was last written, and this machine's then.
    `CREATE TABLE votes_clock (
      id INTEGER PRIMARY KEY CHECK (id = 1),
      at_ms INTEGER NOT NULL,
      wall_ms INTEGER NOT NULL
    ) STRICT`,
  ],
};
