import type { PeerAddress } from '../../contract/address.ts';
import { toAppError } from '../../contract/errors.ts';
import type { ContentHash } from '../../contract/ids.ts';
import type { Source } from '../../contract/search.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Links } from '../ports/index.ts';
import { SMALL_ANSWER_BYTES } from '../wire/limits.ts';

type AskSourceDeps = { readonly links: Pick<Links, 'request'>; readonly settings: () => Settings };
export type NamedSource = { readonly hash: ContentHash; readonly source: Source };

/** `false`: it does not have the file, or somebody else is there (protocol section 8). `unknown`: nobody answers, or not on that. */
export type SourceOutcome = 'good' | 'false' | 'unknown';

/** It has the file, or would give it later. */
const HAS_IT: readonly number[] = [200, 206, 429, 503];
const NOT_FOUND = 404;

/** Whether a source has what a supernode says that it has: asks for the head of the file and takes no byte of it. Never rejects. */
export async function askSource(deps: AskSourceDeps, { hash, source }: NamedSource): Promise<SourceOutcome> {
  const [address] = source.addresses;
  // A dial of one that says that it cannot be reached would only be waited for.
  if (!address || source.reachable === false) return 'unknown';
  try {
    const status = await statusOf(deps, { nodeId: source.nodeId, address }, hash);
    if (HAS_IT.includes(status)) return 'good';
    return status === NOT_FOUND ? 'false' : 'unknown';
  } catch (thrown) {
    return toAppError(thrown).code === 'peer.wrong-identity' ? 'false' : 'unknown';
  }
}

async function statusOf(
  { links, settings }: AskSourceDeps,
  to: { readonly nodeId: Source['nodeId']; readonly address: PeerAddress },
  hash: ContentHash,
): Promise<number> {
  const timeoutMs = settings()['overlay.request-timeout'];
  const request = { method: 'HEAD', path: `/content/${hash}`, maxBytes: SMALL_ANSWER_BYTES, timeoutMs } as const;
  const { status } = await links.request(to, request);
  return status;
}
