import type { Random } from '../../../src-main/engine/ports/random.ts';

/** One frame of a WebSocket (RFC 6455, section 5.2). */
export type Frame = {
  readonly isLast: boolean;
  readonly reserved: number;
  readonly opcode: number;
  readonly isMasked: boolean;
  readonly payload: Uint8Array;
  /** What it says of its length, where that is not true. */
  readonly claimed?: number;
};

const TEXT = 1;
const OPCODES = [0, 1, 2, 3, 7, 8, 9, 10, 11, 15];
const CLAIMS = [0, 1, 125, 126, 127, 65_535, 65_536, 2 ** 31, 2 ** 32, 2 ** 53 - 1];

export const textFrame = (payload: Uint8Array): Frame => ({
  isLast: true,
  reserved: 0,
  opcode: TEXT,
  isMasked: true,
  payload,
});

export function encodeFrame({
  isLast,
  reserved,
  opcode,
  isMasked,
  payload,
  claimed = payload.length,
}: Frame): Uint8Array {
  const length = lengthBytes(claimed);
  const head = Uint8Array.of((isLast ? 0x80 : 0) | (reserved << 4) | opcode, (isMasked ? 0x80 : 0) | (length[0] ?? 0));
  const mask = isMasked ? Uint8Array.of(0x12, 0x34, 0x56, 0x78) : new Uint8Array(0);
  const body = isMasked ? payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0)) : payload;
  return Buffer.concat([head, length.subarray(1), mask, body]);
}

function lengthBytes(length: number): Uint8Array {
  if (length < 126) return Uint8Array.of(length);
  const bytes = new Uint8Array(length < 65_536 ? 3 : 9);
  bytes[0] = length < 65_536 ? 126 : 127;
  const view = new DataView(bytes.buffer);
  if (length < 65_536) view.setUint16(1, length);
  else view.setBigUint64(1, BigInt(length));
  return bytes;
}

/** These messages as frames, some of them in pieces, out of order, with control frames between, or not as the RFC has them. */
export function changeFrames(messages: readonly Uint8Array[], random: Random): Uint8Array {
  const frames = messages.flatMap((message) =>
    random.int(4) === 0 ? inPieces(message, random) : [textFrame(message)],
  );
  for (let change = random.int(3); change > 0; change--) {
    const at = random.int(frames.length + 1);
    const frame = frames[at];
    const how = random.int(6);
    if (how === 0) frames.splice(at, 0, controlFrame(random));
    else if (how === 1 && frame) frames.splice(random.int(frames.length), 0, frame);
    else if (how === 2) frames.splice(at, 1);
    else if (frame) frames[at] = changeFrame(frame, random);
  }
  return Buffer.concat(frames.map(encodeFrame));
}

function inPieces(message: Uint8Array, random: Random): Frame[] {
  const size = 1 + random.int(Math.max(1, message.length));
  const frames: Frame[] = [];
  for (let at = 0; at < message.length; at += size) {
    const payload = message.subarray(at, at + size);
    frames.push({ ...textFrame(payload), opcode: at === 0 ? TEXT : 0, isLast: at + size >= message.length });
  }
  return frames;
}

/** Ping, pong or close, with more in it than one may have now and then. */
function controlFrame(random: Random): Frame {
  const payload = random.int(8) === 0 ? new Uint8Array(random.int(70_000)) : random.bytes(random.int(126));
  return { ...textFrame(payload), opcode: 8 + random.int(3) };
}

function changeFrame(frame: Frame, random: Random): Frame {
  switch (random.int(5)) {
    case 0:
      return { ...frame, opcode: OPCODES[random.int(OPCODES.length)] ?? 0 };
    case 1:
      return { ...frame, reserved: random.int(8) };
    case 2:
      return { ...frame, isMasked: !frame.isMasked };
    case 3:
      return { ...frame, claimed: CLAIMS[random.int(CLAIMS.length)] ?? 0 };
    default:
      return { ...frame, isLast: !frame.isLast };
  }
}
