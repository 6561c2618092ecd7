import type { Migration } from './migrations.ts';

/** Every step of the main database, in order: an area adds its file in `migrations/` and a line here. */
export const MIGRATIONS: readonly Migration[] = [];
