import type { NodeId } from '../../src-main/contract/ids.ts';
import type { Settings } from '../../src-main/contract/settings.ts';
import { Judge, type JudgeDeps } from '../../src-main/engine/trust/judge.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';

/** One that keeps what it learned in `kept`, or nowhere. */
export function judgeOf(
  settings: () => Settings,
  kept: { text?: string } = {},
  opinion: JudgeDeps['opinion'] = () => ({ score: 0, own: null }),
  foundType: JudgeDeps['foundType'] = () => undefined,
): Judge {
  return new Judge({
    settings,
    self: 'a'.repeat(64) as NodeId,
    logger: new MemoryLogger(),
    opinion,
    foundType,
    store: {
      load: async () => kept.text,
      save: async (text) => {
        kept.text = text;
      },
    },
  });
}
