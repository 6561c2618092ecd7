import type { Database } from '../ports/index.ts';

/** What searches have shown of networks, kept as one text (trust/signs/search-memory.ts knows what it says). */
export class SearchMemoryStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async load(): Promise<string | undefined> {
    const [row] = await this.#database.all<{ text: string }>('SELECT text FROM search_memory WHERE id = 1');
    return row?.text;
  }

  async save(text: string): Promise<void> {
    await this.#database.transact([
      { sql: 'INSERT OR REPLACE INTO search_memory (id, text) VALUES (1, ?)', params: [text] },
    ]);
  }
}
