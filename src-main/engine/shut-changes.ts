import { parseAddress } from '../contract/address.ts';
import type { NodeId } from '../contract/ids.ts';
import type { Downloads } from './download/downloads.ts';
import type { WebSeeds } from './download/web-seeds.ts';
import type { DialRules } from './overlay/dial-rules.ts';
import type { Overlay } from './overlay/overlay.ts';
import type { ShownLibrary } from './shown-library.ts';
import type { BlockList } from './trust/blocks/block-list.ts';
import type { Strikes } from './trust/strikes.ts';
import type { Asker } from './upload/asker.ts';
import type { ContentServer } from './upload/content-server.ts';

type Parts = {
  readonly content: ContentServer;
  readonly downloads: Downloads;
  readonly overlay: Overlay;
};
type BlockParts = Parts & { readonly blocks: BlockList; readonly webSeeds: WebSeeds; readonly shown: ShownLibrary };
type Bans = { readonly strikes: Strikes; readonly dialRules: DialRules };
type BanParts = Parts & Bans;
type Rules = Pick<BlockParts, 'blocks'> & Pick<Bans, 'strikes'>;
type LetIn = { readonly nodeId: NodeId | undefined; readonly host: string };
type Sessions = Bans & { readonly network: Pick<Overlay['network'], 'partFrom'> };

/**
 * Whether somebody who was let in is to get nothing any more. Who has a key is judged by that alone: a ban of an address keeps new connections
 * out, and one bad neighbour behind a gateway is not to end what others have there.
 */
export function isShut({ blocks, strikes }: Rules, { nodeId, host }: LetIn): boolean {
  const hosts = nodeId === undefined ? [host] : [];
  return strikes.banEndMs({ nodeId, hosts }) !== undefined || blocks.blocksPeer({ nodeId, host });
}

/** Has a change of the block list hold at once for all that is under way. */
export function applyBlocks({ blocks, content, downloads, overlay, webSeeds, shown }: BlockParts): void {
  overlay.network.partFrom((peer) => blocks.blocksPeer(peer));
  webSeeds.partFrom((host) => blocks.blocksPeer({ host }));
  shown.blocksChanged();
  downloads.shutOutChanged();
  const isShut = ({ nodeId, address }: Asker) => blocks.blocksPeer({ nodeId, host: parseAddress(address)?.host ?? '' });
  content.shutOut({ isBlocked: (hash) => blocks.blocksHash(hash), isShut });
}

/** Ends what those have open who are banned now. */
export function applyBans({ strikes, dialRules, content, downloads, overlay }: BanParts): void {
  partFromBanned({ strikes, dialRules, network: overlay.network });
  downloads.shutOutChanged();
  const isShut = ({ nodeId, address }: Asker) => {
    const hosts = nodeId === undefined ? [parseAddress(address)?.host ?? ''] : [];
    return strikes.banEndMs({ nodeId, hosts }) !== undefined;
  };
  content.shutOut({ isBlocked: () => false, isShut });
}

/** Ends their sessions. A supernode that the user named is kept: it is dialled all the same. */
export function partFromBanned({ strikes, dialRules, network }: Sessions): void {
  network.partFrom(
    ({ nodeId, address }) => strikes.banEndMs({ nodeId, hosts: [] }) !== undefined && !dialRules.isNamed(address),
  );
}
