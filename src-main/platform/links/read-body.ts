import { formatAddress, type PeerAddress } from '../../contract/address.ts';
import { AppError } from '../../contract/errors.ts';

/** The body of a peer's answer; fails with peer.protocol as soon as it is longer than `maxBytes`, or as the stream does. */
export async function readBody(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
  address: PeerAddress,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of body) {
    length += piece.length;
    if (length > maxBytes) {
      const why = `an answer of more than ${maxBytes} bytes`;
      throw new AppError('peer.protocol', { address: formatAddress(address), why });
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces, length);
}
