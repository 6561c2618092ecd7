import { isPrivateHost, singleBlock } from '../../contract/address-block.ts';
import { GREETINGS } from '../wire/limits.ts';
import type { Session } from './session.ts';

/** Sessions that others opened and whose hello has not come yet: each may last for the deadline of the handshake. */
export class Greetings {
  readonly #open = new Set<Session>();

  /** False when there are enough, in all or of its address. */
  add(session: Session): boolean {
    if (this.#open.size >= GREETINGS.ofAll || this.#countAt(session.host) >= GREETINGS.ofAddress) return false;
    this.#open.add(session);
    return true;
  }

  ended(session: Session): void {
    this.#open.delete(session);
  }

  close(): void {
    for (const session of this.#open) session.close('stopping', 'this peer stops');
  }

  #countAt(host: string): number {
    if (isPrivateHost(host)) return 0;
    const block = singleBlock(host);
    return [...this.#open].filter((session) => singleBlock(session.host) === block).length;
  }
}
