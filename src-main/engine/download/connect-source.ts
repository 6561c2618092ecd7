import { formatAddress } from '../../contract/address.ts';
import { AppError, toAppError } from '../../contract/errors.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock } from '../ports/clock.ts';
import type { ContentClient, ContentConnection } from '../ports/content-client.ts';
import type { Source } from './source.ts';

type Deps = { readonly clock: Clock; readonly content: ContentClient; readonly settings: () => Settings };

/** Tries the addresses of a source in turn, each within overlay.dial-timeout; fails with the last one's error. */
export async function connectSource(source: Source, deps: Deps, signal: AbortSignal): Promise<ContentConnection> {
  let failure = new AppError('peer.unreachable', { address: source.nodeId, why: 'no address is known' });
  for (const address of source.addresses) {
    const attempt = new AbortController();
    const timer = deps.clock.setTimer(deps.settings()['overlay.dial-timeout'], () =>
      attempt.abort(new AppError('peer.timeout', { address: formatAddress(address) })),
    );
    try {
      return await deps.content.connect({ address, nodeId: source.nodeId }, AbortSignal.any([signal, attempt.signal]));
    } catch (error) {
      failure = toAppError(error);
    } finally {
      timer.cancel();
    }
    if (signal.aborted) break;
  }
  throw failure;
}
