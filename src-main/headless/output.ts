import { formatColumns } from './format.ts';

/** A place to write text: process.stdout, process.stderr, or a test's collector. */
export type TextSink = { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
type Json = Readonly<Record<string, unknown>>;

/** What was asked for, and nothing else, goes to stdout: JSON lines, or text for people. */
export class Output {
  readonly json: boolean;
  readonly #answers: TextSink;
  readonly #remarks: TextSink;
  #barShown = false;

  constructor(streams: { readonly stdout: TextSink; readonly stderr: TextSink }, json: boolean) {
    this.#answers = streams.stdout;
    this.#remarks = streams.stderr;
    this.json = json;
  }

  /** Whether a person watches: bars may be drawn over. */
  get isLive(): boolean {
    return !this.json && this.#answers.isTTY === true;
  }

  /** One answer: `value` as a JSON line, or what `text` says of it. */
  answer(value: Json, text: () => string | readonly string[]): void {
    const shown = this.json ? toJsonLine(value) : text();
    for (const line of typeof shown === 'string' ? [shown] : shown) this.#writeLine(line);
  }

  /** A list: one JSON object a line, or aligned columns under `header`; `none` is said of an empty one. */
  list<T extends Json>(items: readonly T[], table: Table<T>): void {
    for (const line of this.json ? items.map(toJsonLine) : toText(items, table)) this.#writeLine(line);
  }

  /** Draws `text` over the bar drawn before; only when `isLive`. */
  bar(text: string): void {
    const width = (this.#answers.columns ?? 80) - 1;
    this.#answers.write(`\r${text.slice(0, width)}\u001B[K`);
    this.#barShown = true;
  }

  /** One line on stderr, for a person. */
  remark(text: string): void {
    this.#endBar();
    this.#remarks.write(`shoal: ${text}\n`);
  }

  #writeLine(line: string): void {
    this.#endBar();
    this.#answers.write(`${line}\n`);
  }

  #endBar(): void {
    if (this.#barShown) this.#answers.write('\n');
    this.#barShown = false;
  }
}

export type Table<T> = {
  readonly header: readonly string[];
  readonly row: (item: T) => readonly string[];
  readonly right?: readonly number[];
  readonly none: string;
};

const toText = <T>(items: readonly T[], { header, row, right, none }: Table<T>): readonly string[] =>
  items.length === 0 ? [none] : formatColumns([header, ...items.map(row)], right);

/** JSON leaves DEL and the C1 controls as they are, and some terminals obey them. */
const toJsonLine = (value: Json): string =>
  JSON.stringify(value).replaceAll(/[\u007F-\u009F]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
