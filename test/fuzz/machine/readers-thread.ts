import { workerData } from 'node:worker_threads';
import { readerTargets } from '../targets/readers.ts';
import { type FuzzOrder, fuzz } from './fuzz-thread.ts';

/** As decoders-thread.ts, for what may hang or swell because the program runs it in threads that it ends. */
const { folder }: FuzzOrder = workerData;
await fuzz(readerTargets(folder));
