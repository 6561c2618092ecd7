import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { gzipSync } from 'node:zlib';
import type { PeerAddress } from '../../../src-main/contract/address.ts';
import type { Random } from '../../../src-main/engine/ports/random.ts';
import { mutate, type Shape } from '../machine/mutate.ts';
import { mutateJson } from '../machine/mutate-json.ts';
import { FILES_XML, MESSAGES } from '../targets/samples.ts';
import { changeRequest } from './change-request.ts';
import { deliver, type Step } from './deliver.ts';
import { changeFrames, encodeFrame, textFrame } from './frames.ts';
import type { Key, Recorded } from './record.ts';

/** Where the peer listens, and what was recorded there. */
export type Doors = {
  readonly peer: PeerAddress;
  readonly page: PeerAddress;
  readonly control: { readonly path: string; readonly token: string };
  readonly requests: readonly Recorded[];
  readonly pageRequests: readonly Recorded[];
  readonly session: Recorded;
  readonly pageSession: Recorded;
  readonly handshake: Recorded;
  /** Requests of faces, as JSON; none that acts on folders of this machine or dials where it likes. */
  readonly faceRequests: readonly Uint8Array[];
  /** Told what is about to be sent. */
  readonly note: (steps: readonly Step[]) => void;
};
type Play = (doors: Doors, key: Key, random: Random) => Promise<unknown>;

const WORDS = ['\r\n\r\n', 'Content-Length: ', 'HTTP/1.1 ', '\u0000', '{"type":"', '"id":', '__proto__'];
const SHAPE: Shape = { maxBytes: 200_000, words: WORDS.map((word) => Buffer.from(word)), isJson: false };
const JSON_SHAPE: Shape = { ...SHAPE, isJson: true };
const HELLOS = MESSAGES.hello.map((hello) => toJson({ type: 'hello', ...hello }));
const SAMPLES = Object.entries(MESSAGES).flatMap(([type, bodies]) => bodies.map((body) => toJson({ type, ...body })));
const SWITCHED = 'HTTP/1.1 101';
const MOST_MESSAGES = 8;

function toJson(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}
const pick = <T>(all: readonly T[], random: Random): T => all[random.int(all.length)] as T;

/** Without a key now and then. */
const toPeer =
  ({ peer }: Doors, key: Key, random: Random, mayBeNobody = true) =>
  (): Socket =>
    connectSecure({
      ...peer,
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
      ...(mayBeNobody && random.int(4) === 0 ? {} : key),
    });

function changed(all: readonly Recorded[], random: Random): Uint8Array {
  const { bytes } = pick(all, random);
  const how = random.int(4);
  if (how === 0) return mutate(bytes, pick(all, random).bytes, SHAPE, random);
  const request = changeRequest(bytes, random);
  return how === 1 ? mutate(request, pick(all, random).bytes, SHAPE, random) : request;
}

/** Some of them changed, in any order. */
function messages(samples: readonly Uint8Array[], random: Random): Uint8Array[] {
  return Array.from({ length: 1 + random.int(MOST_MESSAGES) }, () => {
    const sample = pick(samples, random);
    const how = random.int(3);
    if (how === 0) return sample;
    return how === 1
      ? (mutateJson(sample, random) ?? sample)
      : mutate(sample, pick(samples, random), JSON_SHAPE, random);
  });
}

const send = ({ note }: Doors, open: () => Socket, steps: readonly Step[], random: Random) => {
  note(steps);
  return deliver(open, steps, { random });
};

const handshakes: Play = (doors, _, random) => {
  const { bytes } = doors.handshake;
  return send(doors, () => connectPlain(doors.peer), [{ bytes: mutate(bytes, bytes, SHAPE, random) }], random);
};

const requests: Play = (doors, key, random) =>
  send(doors, toPeer(doors, key, random), [{ bytes: changed(doors.requests, random) }], random);

const sessions: Play = (doors, key, random) => {
  const upgrade = random.int(6) === 0 ? changed([doors.session], random) : doors.session.bytes;
  const hello = random.int(4) === 0 ? [] : [{ awaited: SWITCHED, bytes: encodeFrame(textFrame(pick(HELLOS, random))) }];
  const frames = { awaited: '"welcome"', bytes: changeFrames(messages(SAMPLES, random), random) };
  return send(doors, toPeer(doors, key, random), [{ bytes: upgrade }, ...hello, frames], random);
};

/** A child uploads what is not quite a list of files, while its session is open. */
const uploads: Play = (doors, key, random) => {
  const open = toPeer(doors, key, random, false);
  const hello = { awaited: SWITCHED, bytes: encodeFrame(textFrame(HELLOS[0] as Uint8Array)) };
  const welcome = { awaited: '"session":"', bytes: new Uint8Array(0) };
  return deliver(open, [{ bytes: doors.session.bytes }, hello, welcome], {
    random,
    beforeLeaving: async (heard) => {
      const session = /"session":"([0-9a-f]{32})"/.exec(heard)?.[1] ?? '0'.repeat(32);
      await send(doors, open, [{ bytes: uploadFor(session, random) }], random);
    },
  });
};

function uploadFor(session: string, random: Random): Uint8Array {
  const xml = Buffer.from(FILES_XML);
  const isWhole = random.int(2) === 0;
  const body = isWhole ? gzipSync(mutate(xml, xml, SHAPE, random)) : mutate(gzipSync(xml), xml, SHAPE, random);
  const path = `/children/self/files?session=${session}&sequence=1`;
  const fields = ['Host: a', 'Content-Encoding: gzip', `Content-Length: ${body.length}`];
  return Buffer.concat([Buffer.from(`POST ${path} HTTP/1.1\r\n${fields.join('\r\n')}\r\n\r\n`), body]);
}

const pages: Play = (doors, _, random) =>
  send(doors, () => connectPlain(doors.page), [{ bytes: changed(doors.pageRequests, random) }], random);

const pageSessions: Play = (doors, _, random) => {
  const frames = changeFrames(harmless(messages(doors.faceRequests, random)), random);
  const upgrade = random.int(8) === 0 ? changed([doors.pageSession], random) : doors.pageSession.bytes;
  const steps = [{ bytes: upgrade }, { awaited: SWITCHED, bytes: frames }];
  return send(doors, () => connectPlain(doors.page), steps, random);
};

const controls: Play = (doors, _, random) => {
  const hello = `${JSON.stringify({ token: random.int(10) === 0 ? 'x' : doors.control.token })}\n`;
  const lines = harmless(messages(doors.faceRequests, random)).map((line) => `${Buffer.from(line).toString()}\n`);
  const bytes = Buffer.from(hello + lines.join(''));
  return send(doors, () => connectPlain(doors.control.path), [{ bytes }], random);
};

/** What would end the peer, share this machine, dial anybody or change what is tested does not leave, however it came about. */
const HARMFUL = /"stop"|share\.|settings\.|block\.|browse|download\.(add|relocate)|list\.import|identity|\\u00/;
const harmless = (all: readonly Uint8Array[]): Uint8Array[] =>
  all.filter((one) => !HARMFUL.test(Buffer.from(one).toString()));
export const isHarmless = (request: Uint8Array): boolean => harmless([request]).length > 0;

const PLAYS: readonly Play[] = [
  ...[requests, requests, requests, sessions, sessions, sessions, uploads, pages, pageSessions, controls, handshakes],
];

export const playOne: Play = (doors, key, random) => pick(PLAYS, random)(doors, key, random);
