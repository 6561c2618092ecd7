import { spawnSync } from 'node:child_process';

/**
 * Whether a program that a test needs is installed (it is run with `args` and must end with 0). Use as
 * `test.skipIf(!requireTool(…))`, so that a missing one is a visible skip; where everything must run (CI=true) it is an error.
 */
export function requireTool(name: string, args: readonly string[] = ['--version']): boolean {
  const isThere = spawnSync(name, args, { stdio: 'ignore' }).status === 0;
  if (!isThere && process.env.CI === 'true') throw new Error(`this test needs ${name} ${args.join(' ')}`);
  return isThere;
}
