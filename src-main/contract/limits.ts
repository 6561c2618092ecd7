import { z } from 'zod';

/** What a limit comes from. `none`: there is none; `line`: a share of the measured line; `quiet`: somebody works at this machine. */
export const LIMIT_REASONS = ['none', 'setting', 'schedule', 'line', 'quiet', 'paused', 'schedule-pause'] as const;
export type LimitReason = (typeof LIMIT_REASONS)[number];

/** Bytes a second; 0 where there is no limit, or nothing at all goes, which `why` tells. */
const limitViewSchema = z.object({ rate: z.number().min(0), why: z.enum(LIMIT_REASONS) });
export type LimitView = Readonly<z.infer<typeof limitViewSchema>>;

/** How fast this peer may send and receive now, and when the schedule next changes that. */
export const limitsViewSchema = z.object({
  up: limitViewSchema,
  down: limitViewSchema,
  /** Null: never. */
  next: z
    .object({
      inMs: z.number().min(0),
      up: limitViewSchema,
      down: limitViewSchema,
    })
    .nullable(),
  /** The fastest that was measured, bytes a second; null while nothing was. */
  line: z.object({ up: z.number().nullable(), down: z.number().nullable() }),
});
export type LimitsView = Readonly<z.infer<typeof limitsViewSchema>>;
