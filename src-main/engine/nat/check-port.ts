import { formatAddress, type KnownPeer } from '../../contract/address.ts';
import { AppError } from '../../contract/errors.ts';
import type { Clock, Hole } from '../ports/index.ts';

/** The other side waits meanwhile; a witness that is there answers within two round trips. */
const WITNESS_MS = 2000;

/**
 * Whether the other side can dial what a supernode saw of this hole: fails with peer.unreachable where `witness`, another supernode, sees another
 * port, for then a router gives each connection one of its own. Dialling would only be waited for. Who does not answer proves nothing.
 */
export async function checkPort(
  hole: Pick<Hole, 'seen' | 'keepsPort' | 'seenBy'>,
  witness: KnownPeer | undefined,
  { clock, signal }: { readonly clock: Pick<Clock, 'sleep'>; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const { seen, keepsPort } = hole;
  if (keepsPort || !witness) return;
  const over = new AbortController();
  const either = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
  const asked = hole.seenBy(witness, either).catch(() => undefined);
  const enough = clock.sleep(WITNESS_MS, either).catch(() => undefined);
  const other = await Promise.race([asked, enough]);
  over.abort();
  signal?.throwIfAborted();
  if (!other || other.port === seen.port) return;
  throw new AppError('peer.unreachable', {
    address: formatAddress(seen),
    why: 'a router gives each connection a port of its own',
  });
}
