import { closeSync, openSync } from 'node:fs';

/**
 * Makes the file of a database when it is missing, readable by this user only whatever the mask is: SQLite itself would let everybody
 * read it, and gives the mode that it finds to the journals. Fails with the system's error.
 */
export function makePrivateFile(path: string): void {
  closeSync(openSync(path, 'a', 0o600));
}
