import { fileURLToPath } from 'node:url';
import { ShoalProcess } from '../peer-process.ts';
import type { AttackName } from './attack-process.ts';

const PROGRAM = fileURLToPath(new URL('attack-process.ts', import.meta.url));

/** An attack as it runs: `event('begun')` when it is under way, `event('over')` with what came of it. Ends with the test, or by `kill`. */
export const startAttack = (
  name: AttackName,
  {
    namespace,
    target,
    from,
  }: { readonly namespace: string; readonly target: string; readonly from: readonly string[] },
): ShoalProcess => new ShoalProcess([name, target, ...from], {}, PROGRAM, ['ip', 'netns', 'exec', namespace]);
