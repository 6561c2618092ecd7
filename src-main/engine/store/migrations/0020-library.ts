import type { Migration } from '../migrations.ts';

const ADD = `INSERT INTO shared_sums (folder, files, bytes) VALUES (NEW.folder, 1, NEW.size)
  ON CONFLICT (folder) DO UPDATE SET files = files + 1, bytes = bytes + excluded.bytes`;
const SUBTRACT = 'UPDATE shared_sums SET files = files - 1, bytes = bytes - OLD.size WHERE folder = OLD.folder';

export const library0020: Migration = {
  version: 20,
  name: 'library',
  sql: [
    // Folders that the user shares until told otherwise. Those of one run only (--share) are not here.
    `CREATE TABLE shared_folders (path TEXT PRIMARY KEY) STRICT, WITHOUT ROWID`,
    // Every file that was hashed, keyed by its real path, so that an unchanged one is never read again. shared = 1: it lies in a
    // shared folder that is there, and may be served. shared = 0: kept for a while, in case its folder comes back; gone_ms says since when.
    `CREATE TABLE shared_files (
      path TEXT PRIMARY KEY,
      folder TEXT NOT NULL,
      parent TEXT NOT NULL,
      size INTEGER NOT NULL,
      modified_ms REAL NOT NULL,
      changed_ms REAL NOT NULL,
      inode TEXT NOT NULL,
      device TEXT NOT NULL,
      hash TEXT NOT NULL,
      type TEXT NOT NULL,
      name TEXT NOT NULL,
      extracted TEXT NOT NULL,
      shared INTEGER NOT NULL,
      gone_ms REAL
    ) STRICT`,
    'CREATE INDEX shared_files_by_hash ON shared_files (hash, size, path) WHERE shared = 1',
    'CREATE INDEX shared_files_by_parent ON shared_files (parent, path) WHERE shared = 1',
    'CREATE INDEX shared_files_by_folder ON shared_files (folder, parent) WHERE shared = 1',
    'CREATE INDEX shared_files_by_inode ON shared_files (inode)',
    'CREATE INDEX shared_files_by_gone ON shared_files (gone_ms) WHERE shared = 0',
    // Hash trees down to chunks, for files of more than one chunk: apart from the files, because they are large and seldom asked for.
    `CREATE TABLE chunk_layers (
      hash TEXT NOT NULL,
      size INTEGER NOT NULL,
      layer BLOB NOT NULL,
      PRIMARY KEY (hash, size)
    ) STRICT`,
    // Sums of the shared rows of each folder, kept by triggers: counting 100,000 rows at each change would take longer than the change.
    `CREATE TABLE shared_sums (
      folder TEXT PRIMARY KEY,
      files INTEGER NOT NULL,
      bytes INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID`,
    trigger('insert', 'INSERT', 'NEW.shared = 1', ADD),
    trigger('delete', 'DELETE', 'OLD.shared = 1', SUBTRACT),
    trigger('show', 'UPDATE OF shared, size, folder', 'NEW.shared = 1', ADD),
    trigger('hide', 'UPDATE OF shared, size, folder', 'OLD.shared = 1', SUBTRACT),
  ],
};

/** A migration's text must never change, so neither must what is made here. */
function trigger(name: string, event: string, when: string, statement: string): string {
  return `CREATE TRIGGER shared_sums_${name} AFTER ${event} ON shared_files WHEN ${when} BEGIN ${statement}; END`;
}
