const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\["\\\\n])*"';
const HEAD = new RegExp(`^# (?:HELP ${NAME} \\S.*|TYPE ${NAME} (?:counter|gauge))$`);
const SAMPLE = new RegExp(`^((${NAME})(?:\\{${LABEL}(?:,${LABEL})*\\})?) (-?[0-9.]+(?:e[+-]?[0-9]+)?)$`);

/**
 * Reads an answer in Prometheus text format 0.0.4: what each series, written as `name{label="value"}`, is. Fails on a line that is none
 * of the format, a series without help and type, one that comes twice, and a counter that is not named `_total`.
 */
export function readPrometheusText(text: string): ReadonlyMap<string, number> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const series = new Map<string, number>();
  const kinds = new Map<string, string>();
  const helped = new Set<string>();
  for (const line of text.slice(0, -1).split('\n')) {
    const [, word, about = '', kind = ''] = HEAD.test(line) ? line.split(' ') : [];
    const [, key = '', name = '', value] = SAMPLE.exec(line) ?? [];
    if (word === 'HELP') helped.add(about);
    else if (word === 'TYPE') kinds.set(about, kind);
    else if (value !== undefined) {
      if (!helped.has(name) || !kinds.has(name)) throw new Error(`without help or type: ${line}`);
      if ((kinds.get(name) === 'counter') !== name.endsWith('_total'))
        throw new Error(`named as something else: ${line}`);
      if (series.has(key)) throw new Error(`twice: ${line}`);
      series.set(key, Number(value));
    } else if (line !== '') throw new Error(`not in the format: ${line}`);
  }
  return series;
}
