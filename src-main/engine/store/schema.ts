import { library0020 } from './migrations/0020-library.ts';
import { downloads0030 } from './migrations/0030-downloads.ts';
import { hostCache0040 } from './migrations/0040-host-cache.ts';
import { uploads0050 } from './migrations/0050-uploads.ts';
import { givenSources0060 } from './migrations/0060-given-sources.ts';
import { transfers0070 } from './migrations/0070-transfers.ts';
import { libraryPage0080 } from './migrations/0080-library-page.ts';
import { savedSearches0090 } from './migrations/0090-saved-searches.ts';
import { uptimes0100 } from './migrations/0100-uptimes.ts';
import { sourceWays0110 } from './migrations/0110-source-ways.ts';
import { webSeeds0120 } from './migrations/0120-web-seeds.ts';
import { credit0130 } from './migrations/0130-credit.ts';
import { relocation0140 } from './migrations/0140-relocation.ts';
import { faults0150 } from './migrations/0150-faults.ts';
import { fetchedSegments0160 } from './migrations/0160-fetched-segments.ts';
import { votes0170 } from './migrations/0170-votes.ts';
import { searchMemory0180 } from './migrations/0180-search-memory.ts';
import { strikes0190 } from './migrations/0190-strikes.ts';
import { contentTypes0200 } from './migrations/0200-content-types.ts';
import { leftOutIdentity0210 } from './migrations/0210-left-out-identity.ts';
import { peerStrikes0220 } from './migrations/0220-peer-strikes.ts';
import type { Migration } from './migrations.ts';

/** Every step of the main database, in order: an area adds its file in `migrations/` and a line here. */
export const MIGRATIONS: readonly Migration[] = [
  library0020,
  downloads0030,
  hostCache0040,
  uploads0050,
  givenSources0060,
  transfers0070,
  libraryPage0080,
  savedSearches0090,
  uptimes0100,
  sourceWays0110,
  webSeeds0120,
  credit0130,
  relocation0140,
  faults0150,
  fetchedSegments0160,
  votes0170,
  searchMemory0180,
  strikes0190,
  contentTypes0200,
  leftOutIdentity0210,
  peerStrikes0220,
];
