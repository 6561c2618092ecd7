import type { RangeSink } from '../engine/ports/content-client.ts';

/** Gives a sink its bytes in as large pieces as it has room for; where it has none, `pause` resolves when there may be some again. */
export async function fillSink(
  bytes: Uint8Array,
  sink: RangeSink,
  { isOpen, pause }: { readonly isOpen: () => boolean; readonly pause: () => Promise<void> },
): Promise<void> {
  let rest = bytes;
  while (rest.length > 0 && isOpen()) {
    const room = sink.room();
    if (room?.length) {
      const part = rest.subarray(0, room.length);
      room.set(part);
      rest = rest.subarray(part.length);
      sink.filled(part.length);
    } else await pause();
  }
}
