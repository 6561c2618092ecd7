import { deepEqual, ok } from 'node:assert/strict';
import { toUtf8 } from '../../../src-main/contract/utf8.ts';
import { aboutSchema } from '../../../src-main/engine/wire/about.ts';
import { holdingSchema } from '../../../src-main/engine/wire/holding.ts';
import { readJson } from '../../../src-main/engine/wire/http-answer.ts';
import { reachAnswerSchema, reachRequestSchema } from '../../../src-main/engine/wire/reach.ts';
import { decodeMessage, encodeMessage } from '../../../src-main/engine/wire/session-message.ts';
import { supernodeListSchema } from '../../../src-main/engine/wire/supernode-list.ts';
import { compareVersion, knowsMinor } from '../../../src-main/engine/wire/version.ts';
import { listedVotesSchema, voteListSchema } from '../../../src-main/engine/wire/votes.ts';
import { ENTRY, HASH, ID, MESSAGES, NODE, VOTE, VOTER_KEY } from './samples.ts';
import { jsonTarget, type Target, textTarget } from './target.ts';

/** What peers say on sessions, and the JSON of requests and answers. */

/** JSON has no -0. */
const asWritten = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const readMessage = (text: string): void => {
  const decoded = decodeMessage(text);
  if (decoded.ok) deepEqual(decodeMessage(encodeMessage(decoded.message)), asWritten(decoded));
  else ok(decoded.why.length > 0);
};

const messages = Object.entries(MESSAGES).map(([type, bodies]) =>
  jsonTarget({ name: `message-${type}`, values: bodies.map((body) => ({ type, ...body })), read: readMessage }),
);

const ABOUT = {
  ...{ version: '1.1', node: NODE, role: 'supernode', name: 'x' },
  children: 3,
  capacity: 150,
  uptimeSeconds: 9,
};
const SCHEMAS = {
  about: [aboutSchema, ABOUT],
  holding: [holdingSchema, { files: 1, digest: ID }],
  'reach-request': [reachRequestSchema, { port: 1214 }],
  'reach-answer': [reachAnswerSchema, { reached: true, seen: '203.0.113.9:1214' }],
  'supernode-list': [supernodeListSchema, { self: ABOUT, supernodes: [ENTRY, ENTRY] }],
  'listed-votes': [listedVotesSchema, [{ key: VOTER_KEY, ...VOTE }]],
  'vote-list': [voteListSchema, { votes: [{ key: VOTER_KEY, ...VOTE }] }],
} as const;

const answers = Object.entries(SCHEMAS).map(([name, [schema, value]]) =>
  jsonTarget({
    name,
    values: [value, { ...value, hash: HASH }],
    read(text) {
      const read = readJson<unknown>(schema, { body: toUtf8(text) });
      if (read !== undefined)
        deepEqual(readJson<unknown>(schema, { body: toUtf8(JSON.stringify(read)) }), asWritten(read));
    },
  }),
);

const version = textTarget({
  name: 'version',
  seeds: ['1.0', '1.1', '2.0', '1.10'],
  read(text) {
    compareVersion(text);
    knowsMinor(text, 1);
  },
});

export const MESSAGE_TARGETS: readonly Target[] = [...messages, ...answers, version];
