import { parseAddress } from '../contract/address.ts';
import type { Downloads } from './download/downloads.ts';
import type { WebSeeds } from './download/web-seeds.ts';
import type { Overlay } from './overlay/overlay.ts';
import type { ShownLibrary } from './shown-library.ts';
import type { BlockList } from './trust/blocks/block-list.ts';
import type { Asker } from './upload/asker.ts';
import type { ContentServer } from './upload/content-server.ts';

type Parts = {
  readonly blocks: BlockList;
  readonly content: ContentServer;
  readonly downloads: Downloads;
  readonly overlay: Overlay;
  readonly webSeeds: WebSeeds;
  readonly shown: ShownLibrary;
};

/** Has a change of the block list hold at once for all that is under way. */
export function applyBlocks({ blocks, content, downloads, overlay, webSeeds, shown }: Parts): void {
  overlay.network.partFrom((peer) => blocks.blocksPeer(peer));
  webSeeds.partFrom((host) => blocks.blocksPeer({ host }));
  shown.blocksChanged();
  downloads.shutOutChanged();
  const isShut = ({ nodeId, address }: Asker) => blocks.blocksPeer({ nodeId, host: parseAddress(address)?.host ?? '' });
  void content.shutOut({ isBlocked: (hash) => blocks.blocksHash(hash), isShut });
}
