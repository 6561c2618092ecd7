import { runScenario, SCENARIO_NAMES } from './network/scenarios.ts';
import { ENGINE_PARTS, renderReport } from './report/page.ts';

/** What `shoal simulate` uses. */
export const SIMULATOR = { scenarios: SCENARIO_NAMES, engine: ENGINE_PARTS, run: runScenario, renderReport } as const;
