import { z } from 'zod';
import { parseValue } from '../../contract/parse-value.ts';
import { MESSAGE_LENGTHS } from './limits.ts';
import { type Bye, byeSchema } from './messages/bye.ts';
import { type Call, callSchema } from './messages/call.ts';
import { type Called, calledSchema } from './messages/called.ts';
import { type End, endSchema } from './messages/end.ts';
import { type Hello, helloSchema } from './messages/hello.ts';
import { type Hits, hitsSchema } from './messages/hits.ts';
import { type Invite, inviteSchema } from './messages/invite.ts';
import { type Leaving, leavingSchema } from './messages/leaving.ts';
import { type Load, loadSchema } from './messages/load.ts';
import { type More, moreSchema } from './messages/more.ts';
import { type Query, querySchema } from './messages/query.ts';
import { type Stop, stopSchema } from './messages/stop.ts';
import { type Votes, votesSchema } from './messages/votes.ts';
import { type Wave, waveSchema } from './messages/wave.ts';
import { type Welcome, welcomeSchema } from './messages/welcome.ts';
import { compareVersion } from './version.ts';

export type SessionMessage =
  | Hello
  | Welcome
  | Query
  | Hits
  | Wave
  | End
  | More
  | Stop
  | Load
  | Invite
  | Leaving
  | Call
  | Called
  | Votes
  | Bye;
export type SessionMessageType = SessionMessage['type'];

const SCHEMAS: { readonly [T in SessionMessageType]: z.ZodType<Extract<SessionMessage, { type: T }>> } = {
  hello: helloSchema,
  welcome: welcomeSchema,
  query: querySchema,
  hits: hitsSchema,
  wave: waveSchema,
  end: endSchema,
  more: moreSchema,
  stop: stopSchema,
  load: loadSchema,
  invite: inviteSchema,
  leaving: leavingSchema,
  call: callSchema,
  called: calledSchema,
  votes: votesSchema,
  bye: byeSchema,
};

/**
 * Why a text is no message: `unknown` has a type that this version does not know, which a newer peer may send; `otherMajor` is the
 * version of a hello or welcome whose other fields may mean anything.
 */
export type DecodedMessage =
  | { readonly ok: true; readonly message: SessionMessage }
  | { readonly ok: false; readonly unknown: boolean; readonly why: string; readonly otherMajor?: string };

export function encodeMessage(message: SessionMessage): string {
  return JSON.stringify(message);
}

/** Never throws. The link has already cut what is longer than any message. */
export function decodeMessage(text: string): DecodedMessage {
  const value = parseJson(text);
  const type = parseValue(typedSchema, value).data?.type;
  if (type === undefined) return { ok: false, unknown: false, why: 'not a JSON object with a type' };
  if (!isMessageType(type)) return { ok: false, unknown: true, why: `unknown message ${type.slice(0, 32)}` };
  if (text.length > MESSAGE_LENGTHS[type]) return { ok: false, unknown: false, why: `${type}: too long` };
  const otherMajor = type === 'hello' || type === 'welcome' ? majorOf(value) : undefined;
  if (otherMajor !== undefined) return { ok: false, unknown: false, why: `version ${otherMajor}`, otherMajor };
  const parsed = parseValue(SCHEMAS[type], value);
  return parsed.success
    ? { ok: true, message: parsed.data }
    : { ok: false, unknown: false, why: firstIssue(type, parsed.error) };
}

const isMessageType = (type: string): type is SessionMessageType => Object.hasOwn(SCHEMAS, type);

const typedSchema = z.object({ type: z.string() });
const greetingSchema = z.object({ version: z.string().max(16) });

function majorOf(greeting: unknown): string | undefined {
  const version = parseValue(greetingSchema, greeting).data?.version;
  return version !== undefined && compareVersion(version) === 'other-major' ? version : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Bad JSON is the sender's fault and is answered as such by the caller.
    return undefined;
  }
}

function firstIssue(type: string, error: z.ZodError): string {
  const issue = error.issues[0];
  return `${type}: ${issue ? `${issue.path.join('.')} ${issue.message}` : 'malformed'}`.slice(0, 120);
}
