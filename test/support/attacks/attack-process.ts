import { argv } from 'node:process';
import { bringVotes } from './bring-votes.ts';
import { claimMillion } from './claim-million.ts';
import { connectMany } from './connect-many.ts';
import { floodHashes, floodQueries, floodVotes } from './flood-requests.ts';
import { holdSlowly } from './hold-slowly.ts';
import { joinAsMany } from './join-as-many.ts';
import { nameVictim } from './name-victim.ts';

/**
 * One attack, for a process in the network of the attacker: `attack-process.ts NAME TARGET ADDRESSES…`, from each of its own addresses. Prints a JSON
 * line when the attack is at its height and another with its figures; what it holds open stays so until it is killed.
 */
const ATTACKS = {
  connectMany,
  holdSlowly,
  joinAsMany,
  floodQueries,
  floodHashes,
  bringVotes,
  floodVotes,
  claimMillion,
  nameVictim,
};

export type AttackName = keyof typeof ATTACKS;
export type Attack = {
  readonly target: string;
  readonly from: readonly string[];
  readonly say: (event: string, fields?: object) => void;
};

const [name = '', target = '', ...from] = argv.slice(2);
const say = (event: string, fields: object = {}) => process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
const attack = ATTACKS[name as AttackName];
if (!attack) throw new Error(`no such attack: ${name}`);
await attack({ target, from, say });
// Sockets that are held may all be closed by the other side meanwhile.
setInterval(() => undefined, 1000);
