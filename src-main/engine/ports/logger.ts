export type LogFields = Readonly<Record<string, unknown>>;

/** One readable line per event: `event` is a short sentence, `fields` what it is about. */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}
