import { checkSupernodeFile } from './supernode-file.ts';

/** Before packaging: SUPERNODES=FILE is built in instead of the empty list of resources/ (electron.vite.config.ts), so it must be right. */
if (process.env.SUPERNODES) checkSupernodeFile(process.env.SUPERNODES);
