import type { Settings } from '../../contract/settings.ts';
import type { Clock, Logger, Random } from '../ports/index.ts';
import type { SearchNetwork } from './search-network.ts';

/** What a leaf needs to find out whether those who serve it do. */
export type CheckDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings: () => Settings;
  readonly network: SearchNetwork;
};
