import type { Catalogue } from '../catalogue.ts';
import common from './common.ts';
import errors from './errors.ts';
import library from './library.ts';
import network from './network.ts';
import preview from './preview.ts';
import reasons from './reasons.ts';
import search from './search.ts';
import settings from './settings.ts';
import transfers from './transfers.ts';
import votes from './votes.ts';
import welcome from './welcome.ts';

const catalogue: Catalogue = {
  common,
  errors,
  library,
  network,
  preview,
  reasons,
  search,
  settings,
  transfers,
  votes,
  welcome,
};
export default catalogue;
