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

/** Named slots stand in braces; `|` parts singular from plural. The vertical bar, braces and @ are written `{'|'}` where they are meant. */
export default { common, errors, library, network, preview, reasons, search, settings, transfers, votes, welcome };
