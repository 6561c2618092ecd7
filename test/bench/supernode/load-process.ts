import type { LoadAnswer, LoadRequest } from './load-protocol.ts';
import { PlayedCrowd } from './played-crowd.ts';
import { runLoad } from './run-load.ts';

/** Entry of the process that plays children and neighbours, so that what they cost is not counted as the supernode's. */
let crowd: PlayedCrowd | undefined;

async function answer(request: LoadRequest): Promise<LoadAnswer> {
  if (request.type === 'join') {
    crowd = new PlayedCrowd(request.crowd.seed);
    await crowd.join(request.to, request.crowd);
    return { type: 'joined' };
  }
  if (!crowd) throw new Error('nobody has joined');
  return { type: 'ran', figures: await runLoad(crowd, request) };
}

const failed = (thrown: unknown): LoadAnswer => ({ type: 'failed', why: String(thrown) });

process.on('message', (request: LoadRequest) => {
  void answer(request)
    .catch(failed)
    .then((told) => process.send?.(told));
});
process.on('disconnect', () => void crowd?.close());
