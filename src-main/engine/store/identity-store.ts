import type { NodeId } from '../../contract/ids.ts';
import type { Database } from '../ports/index.ts';

const OWNER = 'SELECT node FROM identity WHERE id = 1';
const SET_OWNER = 'INSERT OR REPLACE INTO identity (id, node) VALUES (1, ?)';
/** What was told was signed with a key that is gone; what the user thinks of files is his still. */
const KEEP_VERDICTS = 'UPDATE verdicts SET is_public = 0';
const DROP_WITHDRAWN = "DELETE FROM verdicts WHERE verdict = 'none'";
/** Who was given more or less by somebody else. */
const DROP_CREDIT = 'DELETE FROM upload_credit';

/** Whose data this is. */
export class IdentityStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Notes who the peer is; of another one before it votes and credit go, all or nothing. Gives whether there was another. */
  async adopt(node: NodeId): Promise<boolean> {
    const [owner] = await this.#database.all<{ node: string }>(OWNER);
    if (owner?.node === node) return false;
    const drops = owner ? [KEEP_VERDICTS, DROP_WITHDRAWN, DROP_CREDIT].map((sql) => ({ sql })) : [];
    await this.#database.transact([...drops, { sql: SET_OWNER, params: [node] }]);
    return owner !== undefined;
  }
}
