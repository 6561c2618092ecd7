import { TARGETS } from '../targets/all.ts';
import { fuzz } from './fuzz-thread.ts';

/** The entry of the thread that `build-thread.ts` builds, with every branch counted. */
await fuzz(TARGETS);
